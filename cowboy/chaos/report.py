"""The report of a run of chaos: figures by class of fault, and totals. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cowboy.chaos.growth import Trend
from cowboy.chaos.run import Outcome
from cowboy.match.figures import Latency

UNEXPLAINED = "(nothing)"
"""The class of a lost turn without a fault near it."""


class ClassFigures(NamedTuple):
    """A class of faults: how often, how many turns it is blamed for, and ms from a fault to the next applied turn.

    With many faults at a time blame is a guess: a fault aimed at the turn first, then one of its bot's worker, then the
    nearest in time.
    """

    kind: str
    happened: int
    ran_out: int
    excused: int
    recovery_ms: Latency
    longest_ms: float | None


def by_class(outcome: Outcome) -> list[ClassFigures]:
    """In the order of the plan; then lost turns that nothing explains, if there are any."""
    happened = Counter(item.fault.kind.name for item in outcome.happened)
    ran_out = [turn for game in outcome.games for turn in game.ran_out]
    kinds = [*outcome.plan.kinds, *([UNEXPLAINED] if any(turn.blamed is None for turn in ran_out) else [])]
    figures = []
    for kind in kinds:
        blamed = [turn for turn in ran_out if (turn.blamed or UNEXPLAINED) == kind]
        recoveries = [item.seconds * 1000 for game in outcome.games for item in game.recoveries if item.kind == kind]
        excused = sum(turn.excused for turn in blamed)
        longest = round(max(recoveries), 3) if recoveries else None
        figures.append(ClassFigures(kind, happened[kind], len(blamed), excused, Latency.of(recoveries), longest))
    return figures


def totals(outcome: Outcome) -> dict[str, int | float]:
    """Over all games."""
    games = outcome.games
    return {
        "seconds": outcome.seconds,
        "games": len(games),
        "finished": sum(game.finished for game in games),
        "read_again": sum(game.read_again for game in games),
        "turns": sum(game.turns for game in games),
        "turns_unseen": sum(game.unseen_turns for game in games),
        "ran_out": sum(len(game.ran_out) for game in games),
        "excused": sum(turn.excused for game in games for turn in game.ran_out),
        "commands_sent_twice": sum(game.sent_twice for game in games),
        "second_attempts": sum(game.second_attempts for game in games),
        "commands_late": sum(game.late for game in games),
        "doubles_ignored": sum(game.ignored for game in games),
        "remarks": sum(game.remarks for game in games),
        "faults": len(outcome.happened),
    }


def document(outcome: Outcome) -> dict[str, object]:
    """For machines."""
    return {
        "seed": outcome.plan.seed,
        "plan": outcome.plan._asdict(),
        "totals": totals(outcome),
        "classes": [
            {**figures._asdict(), "recovery_ms": figures.recovery_ms.model_dump()} for figures in by_class(outcome)
        ],
        "ran_out": [turn._asdict() for game in outcome.games for turn in game.ran_out],
        "violations": [violation._asdict() for violation in outcome.all_violations],
        "faults": _faults(outcome),
        "model_answers": outcome.model_answers,
        "growth": {
            "memory_bytes": _trends(outcome.growth.memory),
            "redis": _trends(outcome.growth.redis),
        },
    }


def _trends(trends: Mapping[str, Trend]) -> dict[str, dict[str, object]]:
    return {name: trend._asdict() for name, trend in trends.items()}


def _faults(outcome: Outcome) -> Sequence[dict[str, object]]:
    return [
        {
            "kind": item.fault.kind.name,
            "target": item.fault.target,
            "at_seconds": item.fault.at_seconds,
            "duration_seconds": item.fault.duration_seconds,
            "began": item.began,
            "turn": item.turn,
        }
        for item in outcome.happened
    ]
