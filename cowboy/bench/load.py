"""A load: recorded games that are fed at once, and how many of their turns count."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cowboy.bench.recording import BRAIN, Recording, record
from cowboy.brains.registry import build_brain
from cowboy.settings import Settings

MOST_TURNS = 1_000
"""A game of four random bots lasts 1,300 turns or more; a single one has to suffice for a load."""


class Load(NamedTuple):
    """Nothing counts until `warm_up_turns` were played: connections, threads and caches come into being then."""

    recordings: tuple[Recording, ...]
    warm_up_turns: int
    turns: int


def recorded_load(settings: Settings, *, games: int, turns: int, instances: Sequence[str]) -> Load:
    """A load of `games` games in which `turns` turns count, at most `MOST_TURNS`."""
    warm_up_turns = turns // 5 + games
    all_turns = warm_up_turns + turns
    # No game is ahead of the others by more than its share.
    each = min(all_turns, math.ceil(2 * all_turns / games))
    brain, now = build_brain(BRAIN, settings), datetime.now(UTC)
    recordings = (record(number, each, brain=brain, instances=instances, now=now) for number in range(games))
    return Load(tuple(recordings), warm_up_turns, turns)
