"""What a run amounts to, by class of fault."""

import json
from pathlib import Path

from cowboy.chaos.faults import KINDS, Fault
from cowboy.chaos.growth import Growth, Trend
from cowboy.chaos.nemesis import Happened
from cowboy.chaos.report import UNEXPLAINED, by_class, document, totals
from cowboy.chaos.run import Outcome, Plan
from cowboy.chaos.verdict import Judged, RanOut, Recovery, Violation, Wrong


def outcome(*games: Judged, happened: tuple[str, ...] = ()) -> Outcome:
    plan = Plan(2, 2, ("kill-worker", "redis-stop"), 1.0, 60.0, 10, 4, 200, "random", None, 7)
    faults = [Happened(Fault(1, KINDS[kind], "it", 0, 1), 100, 100) for kind in happened]
    leftover = Violation(Wrong.LEFTOVER, "", 0, "key x")
    growth = Growth({"arena": Trend(7e7, 8e7, 12), "worker-i1": Trend(None, None, 0)}, {"keys": Trend(3, 4, 13)})
    return Outcome(plan, 12.5, faults, list(games), [leftover], {"right": 3}, growth, Path("home"))


def a_game() -> Judged:
    game = Judged("g", finished=True, read_again=True, turns=10)
    game.ran_out = [RanOut("g", 3, 1.0, "redis-stop", True), RanOut("g", 4, 2.0, None, False)]
    game.recoveries = [Recovery("kill-worker", "g", seconds) for seconds in (0.5, 1.0, 4.0)]
    game.violations = [Violation(Wrong.LOST_TURN, "g", 4, "blamed: None")]
    return game


def test_each_class_has_its_faults_lost_turns_and_recoveries() -> None:
    worker, redis, nothing = by_class(outcome(a_game(), happened=("kill-worker", "kill-worker", "redis-stop")))

    assert (worker.kind, worker.happened, worker.ran_out, worker.longest_ms) == ("kill-worker", 2, 0, 4000)
    assert (worker.recovery_ms.p50, worker.recovery_ms.p99) == (1000, 4000)
    assert (redis.happened, redis.ran_out, redis.excused, redis.longest_ms) == (1, 1, 1, None)
    assert (nothing.kind, nothing.ran_out, nothing.excused) == (UNEXPLAINED, 1, 0)


def test_totals_are_over_all_games_and_violations_are_of_games_and_system() -> None:
    both = outcome(a_game(), Judged("h", turns=5))

    assert {
        name: totals(both)[name] for name in ("games", "finished", "read_again", "turns", "ran_out", "excused")
    } == {
        "games": 2,
        "finished": 1,
        "read_again": 1,
        "turns": 15,
        "ran_out": 2,
        "excused": 1,
    }
    assert [violation.wrong for violation in both.all_violations] == [Wrong.LEFTOVER, Wrong.LOST_TURN]


def test_the_document_is_json() -> None:
    read = json.loads(json.dumps(document(outcome(a_game(), happened=("redis-stop",)))))

    assert read["seed"] == 7
    assert read["violations"][1]["wrong"] == Wrong.LOST_TURN
    assert read["faults"][0]["kind"] == "redis-stop"
    assert read["growth"]["memory_bytes"]["arena"] == {"first": 7e7, "last": 8e7, "samples": 12}
    assert read["growth"]["redis"] == {"keys": {"first": 3, "last": 4, "samples": 13}}
