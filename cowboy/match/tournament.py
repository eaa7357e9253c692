"""Brains against each other over the pure rules: many games on seeded random maps, from every seat, nothing else.

No topics, no workers: this measures how well a brain plays, `cowboy match` how well the system does.
"""

import math
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

from cowboy.brains.brain import Brain, Situation
from cowboy.brains.guard import decide_guarded
from cowboy.brains.notes import kept_notes
from cowboy.game import rules
from cowboy.game.board import State, new_state
from cowboy.game.maps import generate_grid
from cowboy.game.outcomes import Outcome
from cowboy.game.turns import Table
from cowboy.game.words import Refusal
from cowboy.match.contender import Contender
from cowboy.settings import Settings

Z_95 = 1.96
SECONDS_PER_MOVE = 60.0
"""The brains' own budgets are what bounds them."""


class Pairing(NamedTuple):
    """One game: the contenders by seat (the one under test in `seat`), on the map of `seed`."""

    brains: tuple[str, ...]
    seat: int
    seed: int
    max_turns: int


class Played(NamedTuple):
    """What became of a game, from the side of the brain under test. Times in ms of this process's CPU."""

    won: bool
    drawn: bool
    turns: int
    failures: int
    move_ms: tuple[float, ...]


class Score(NamedTuple):
    """Many games together. `low` and `high` bound the share of wins with 95 % confidence (Wilson)."""

    games: int
    wins: int
    draws: int
    losses: int
    failures: int
    rate: float
    low: float
    high: float
    mean_turns: float
    move_ms_p50: float
    move_ms_p99: float
    move_ms_max: float


def pairings(brains: Sequence[str], games: int, seed: int, max_turns: int) -> list[Pairing]:
    """The first of `brains` against the others: each map is played from every seat before the next one comes."""
    under_test, others = brains[0], list(brains[1:])
    return [
        Pairing((*others[:seat], under_test, *others[seat:]), seat, seed + number // len(brains), max_turns)
        for number, seat in ((number, number % len(brains)) for number in range(games))
    ]


def play(pairing: Pairing, settings: Settings) -> Played:
    """Play one game to its end, or to `max_turns`, which is a draw."""
    players = [Contender.of(name).build(settings) for name in pairing.brains]
    state = new_state(generate_grid(Random(pairing.seed), len(players)), len(players))  # noqa: S311
    move_ms: list[float] = []
    notes = [""] * len(players)
    failures = 0
    while state.winner is None and state.turn_no <= pairing.max_turns:
        seat = state.current
        began = time.process_time()
        state, notes[seat], failed = _move(players[seat], state, pairing.seed, notes[seat])
        if seat == pairing.seat:
            move_ms.append((time.process_time() - began) * 1000)
            failures += failed
    return Played(state.winner == pairing.seat, state.winner is None, state.turn_no - 1, failures, tuple(move_ms))


def score(played: Iterable[Played]) -> Score:
    """The figures of many games."""
    games = list(played)
    wins = sum(game.won for game in games)
    draws = sum(game.drawn for game in games)
    low, high = wilson(wins, len(games))
    moves = sorted(ms for game in games for ms in game.move_ms)
    return Score(
        games=len(games),
        wins=wins,
        draws=draws,
        losses=len(games) - wins - draws,
        failures=sum(game.failures for game in games),
        rate=wins / len(games),
        low=low,
        high=high,
        mean_turns=sum(game.turns for game in games) / len(games),
        move_ms_p50=moves[len(moves) // 2],
        move_ms_p99=moves[int(len(moves) * 0.99)],
        move_ms_max=moves[-1],
    )


def wilson(wins: int, games: int) -> tuple[float, float]:
    """The 95 % interval of a share, sound also near 0 and 1 (E. B. Wilson, 1927)."""
    share, z2 = wins / games, Z_95**2
    centre = share + z2 / (2 * games)
    spread = Z_95 * math.sqrt(share * (1 - share) / games + z2 / (4 * games**2))
    return max(0.0, (centre - spread) / (1 + z2 / games)), min(1.0, (centre + spread) / (1 + z2 / games))


def _move(brain: Brain, state: State, seed: int, notes: str) -> tuple[State, str, bool]:
    """The state after the brain's move, its notes, and whether it failed."""
    chance = Random(f"{seed}/{state.current}/{state.turn_no}").getrandbits(63)  # noqa: S311
    situation = Situation(table=_table(state), seconds_left=SECONDS_PER_MOVE, seed=chance, notes=notes)
    guarded = decide_guarded(brain, situation)
    following = rules.apply(state, guarded.decision.action)
    if isinstance(following, Refusal):
        raise TypeError(f"the guard let {guarded.decision.action} through, which is refused with {following}")
    kept = kept_notes(guarded.decision.notes) if brain.wants_notes else None
    return following, notes if kept is None else kept, guarded.outcome != Outcome.OK


def _table(state: State) -> Table:
    ids = tuple(f"seat-{seat}" for seat in range(len(state.players)))
    return Table.from_board("tournament", state, ids, datetime.now(UTC))
