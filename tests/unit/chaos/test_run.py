"""Plans: how long faults go on."""

from cowboy.chaos.run import Plan, harmful_schedule


def test_faults_are_over_at_their_time() -> None:
    plan = Plan(2, 2, ("kill-bridge",), 1.0, 30.0, 10, 4, 200, "random", None, 7)
    faults = list(harmful_schedule(plan, {"bridge": ["bridge"]}))

    assert 25 <= len(faults) <= 35
    assert faults[-1].at_seconds <= 30
