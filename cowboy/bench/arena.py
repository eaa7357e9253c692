"""The whole system: games of `random` bots through the embedded arena, as `cowboy match` plays them."""

import time

from cowboy.bench.recording import BRAIN
from cowboy.bench.systems import INSTANCES
from cowboy.game.board import MAX_PLAYERS
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import PlayerName
from cowboy.local.stack import running_stack
from cowboy.match.runner import MatchPlan, play
from cowboy.settings import Settings

TURN_TIMEOUT_SECONDS = 120


def arena_turns_per_second(settings: Settings, *, games: int, turns: int) -> float:
    """With so many games at once, each of which is a draw after its share of `turns` turns, twice over.

    Raises `OperatorError` when a process cannot be started, `GameManagerError` when a game goes silent.
    """
    plan = MatchPlan(
        players=MAX_PLAYERS,
        brains=dict.fromkeys(PlayerName, BRAIN),
        games=games,
        parallel=games,
        turn_timeout_seconds=TURN_TIMEOUT_SECONDS,
        max_turns=max(1, 2 * turns // games),
        seed=None,
    )
    seen: list[float] = []

    def watch(_event: StepEvent) -> None:
        seen.append(time.perf_counter())

    with running_stack(settings, instances=len(INSTANCES)):
        for _ in play(settings, plan, watch):
            pass
    return middle_rate(seen)


def middle_rate(moments: list[float]) -> float:
    """How many a second, over the middle half: before it not all games have begun, after it some are over."""
    first, last = len(moments) // 4, 3 * len(moments) // 4
    return round((last - first) / (moments[last] - moments[first]), 1)
