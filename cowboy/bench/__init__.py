"""Speed, as ratios to baselines that are measured in the same run on the same machine.

    feeder ── event ──► output topic ──► system under test ──► input topic ── command ──► feeder

A turn is clocked from just before the feeder sends the event that opens it until the feeder has read its command; the
feeder then sends the next event of that game. Three systems are fed the same recorded games: `echo`, one process that
answers each event with a canned command; `bare`, a consumer and Celery workers that do nothing but send that command;
and `ours`, the bridge and the worker instances that `cowboy up` starts, on the `random` brain.
"""
