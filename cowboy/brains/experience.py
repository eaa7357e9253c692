"""What a character's experience is worth to a brain that searches: small weights for cells and seats. Pure.

A cell where more was lost in a turn than on this map's cells on average is worth less to stand on, one where less was
lost is worth more. A player that seldom takes its chances to hit is to be feared less.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cowboy.game.experience import Cell, Experience
from cowboy.game.words import PlayerName

DANGER = 0.25
"""HP a turn beyond the average. Where no more was lost it may have been chance, or that nobody can be hit from there:
`search` lost by such differences when they counted as much."""

DANGER_FACTOR, SLIGHT_FACTOR = 3, 0.1
"""How many turns' loss a cell is worth, beyond that and below. The second decides between moves that are else alike."""

GROUND_MOST = 0.5
"""The most that a cell's experience is worth, in HP of our own: less than a hit."""

CAUTION_TURNS = 20
"""A cell counts as if it had been stood on so many turns more, at the average loss: one hit proves little."""

FEAR_LEAST, FEAR_MOST = 0.8, 1.25
USUAL_TAKEN = 0.23
"""The share of chances to hit that `search` takes, against which the values of positions were found: 472 of 2,034 in
fifty games against itself."""
CAUTION_CHANCES = 10


class Lore(NamedTuple):
    """`ground` is the worth of standing on a cell, by its index, in HP; `fear` a factor of how each seat is feared."""

    ground: Mapping[int, float] = {}
    fear: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)


NOTHING = Lore()


def lore_of(experience: Experience | None, cols: int) -> Lore:
    """What it is worth on a board with so many columns."""
    return Lore(_ground(experience, cols), _fear(experience)) if experience is not None else NOTHING


def _ground(experience: Experience, cols: int) -> dict[int, float]:
    turns = sum(cell.turns for cell in experience.cells)
    if not turns:
        return {}
    average = sum(cell.lost for cell in experience.cells) / turns
    return {cell.row * cols + cell.col: _worth(_expected(cell, average) - average) for cell in experience.cells}


def _worth(excess: float) -> float:
    factor = DANGER_FACTOR if excess > DANGER else SLIGHT_FACTOR
    return max(-GROUND_MOST, min(GROUND_MOST, -factor * excess))


def _expected(cell: Cell, average: float) -> float:
    """HP that a turn on this cell costs."""
    return (cell.lost + CAUTION_TURNS * average) / (cell.turns + CAUTION_TURNS)


def _fear(experience: Experience) -> tuple[float, ...]:
    seats = {habits.seat: _factor(habits.counts) for habits in experience.opponents}
    return tuple(seats.get(seat, 1.0) for seat in PlayerName)


def _factor(counts: Mapping[str, int]) -> float:
    taken = counts.get("taken", 0) + CAUTION_CHANCES * USUAL_TAKEN
    share = taken / (counts.get("chances", 0) + CAUTION_CHANCES)
    return max(FEAR_LEAST, min(FEAR_MOST, share / USUAL_TAKEN))
