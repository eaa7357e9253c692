"""Random walks of a table: whatever happens to it, what must hold holds.

`python -m tests.talk_walk 100000` walks by each set of rules and each rule of speakers, and prints what it saw.
"""

import random
import sys
from collections import Counter
from typing import Literal

from cowboy.talk.rules import Rules
from cowboy.talk.speakers import SPEAKER_RULES
from cowboy.talk.table import (
    Activated,
    Advanced,
    Asked,
    Discovered,
    Done,
    Expired,
    Heard,
    Input,
    Listed,
    MembersChanged,
    Silenced,
    Step,
    Talk,
    Urged,
)

MEMBERS = "BCDE"


def random_input(chance: random.Random, talk: Talk | None) -> Input:
    """Any input, most often one that moves the word."""
    some = tuple(chance.choices(MEMBERS, k=chance.randrange(5)))
    who = chance.choice((*MEMBERS, "A"))
    speaker = (talk.speaker if talk is not None else None) or who
    seq = chance.choice((None, talk.turn_seq if talk is not None else 0, 1))
    kinds: list[Input] = [
        Discovered(some),
        Listed(some),
        MembersChanged(some, tuple(chance.choices(MEMBERS, k=chance.randrange(3)))),
        Activated(),
        Asked(who),
        Heard(chance.choice((who, None, "stranger")), chance.random() < 0.5),
        Done(who, chance.random() < 0.5, seq),
        Done(speaker, chance.random() < 0.7),
        Advanced(),
        Expired(talk.turn_seq if talk is not None else 0),
        Silenced(),
        Urged(who, chance.randrange(5)),
    ]
    return chance.choices(kinds, weights=(1, 1, 3, 4, 9, 4, 6, 12, 2, 4, 1, 2))[0]


def check(before: Talk | None, event: Input, step: Step, now_ms: int, rules: str) -> None:
    """Raise `AssertionError` if a step broke what always holds."""
    after = step.talk
    assert (after is None) == (before is None and step.talk is None)
    if after is None:
        assert not step.events
        return
    assert after.speaker is None or after.speaker in after.order
    assert set(after.passed) <= set(after.order)
    turn_events = [told for told in step.events if told.type != "members"]
    seq = before.turn_seq if before is not None else 0
    assert after.turn_seq - seq == len(turn_events) <= 1
    assert all(told.turn_seq == after.turn_seq and told.speaker == after.speaker for told in step.events)
    if before is not None and before.speaker != after.speaker:
        assert turn_events
    if isinstance(event, Asked) and not (before is not None and before.expired(now_ms)):
        assert after == before
    if rules == "faithful":
        return
    assert len(set(after.order)) == len(after.order)
    assert after.speaker not in after.passed
    assert not after.passed if after.dormant else set(after.passed) < set(after.order)
    assert after.last_spoke is None or after.last_spoke in after.order
    if isinstance(event, Done) and step.outcome.applied:
        assert before is not None
        assert event.account == before.speaker
        assert event.turn_seq in (None, before.turn_seq)
        assert not before.expired(now_ms)


def walk(steps: int, seed: int, rules: Literal["faithful", "ours"], speakers: str) -> Counter[str]:
    """Walk, and count what happened. The same seed is the same walk."""
    chance = random.Random(seed)
    these = Rules(rules, SPEAKER_RULES[speakers])
    talk: Talk | None = None
    now_ms = 0
    seen: Counter[str] = Counter()
    for _ in range(steps):
        now_ms += chance.choice((0, 1, 500, 20_000, 60_000, 60_001))
        event = random_input(chance, talk)
        step = these.step(talk, event, now_ms, chance.shuffle)
        check(talk, event, step, now_ms, rules)
        seen[f"{type(event).__name__}: {step.outcome.reason or step.outcome.cause}"] += 1
        if step.talk is not None:
            assert Talk.from_json(step.talk.to_json()) == step.talk
        talk = step.talk if chance.random() > 0.001 else None
    return seen


if __name__ == "__main__":
    for rules in ("faithful", "ours"):
        for speakers in SPEAKER_RULES:
            counted = walk(int(sys.argv[1]), 7, rules, speakers)
            sys.stdout.write(f"{rules} {speakers}: {counted.total()} steps, {len(counted)} kinds of outcome\n")
