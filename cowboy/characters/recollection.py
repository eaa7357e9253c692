"""Recollection: the part of a character's knowledge that matters in one game, as its brain is told it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cowboy.characters.fact import Fact, Kind
from cowboy.characters.knowledge import Knowledge
from cowboy.game.experience import Cell, Cover, Experience, Habits
from cowboy.game.words import PlayerName

CELLS_TOLD = 64
"""The cells with most turns and losses. They travel in each turn's transcript."""

COVER_TOLD = 24
"""The blocks that broke most often."""

OPINION_CHARACTERS = (200, 100, 50)
"""How much is left of an opinion, by how many games ago it was noted."""


class Opinion(NamedTuple):
    """What a model wrote about a game, in its own words. It is no observation, and nobody inherits it."""

    game_id: str
    turn_no: int
    text: str


def recollect(
    knowledge: Knowledge,
    map_name: str | None,
    opponents: Mapping[PlayerName, str],
    opinions: Sequence[Opinion] = (),
) -> Experience | None:
    """What is known of this map and of these opponents (seat → key), or None if that is nothing.

    `opinions` are the character's own, one a game, the latest first.
    """
    experience = Experience(
        cells=_cells(knowledge, map_name) if map_name is not None else (),
        cover=_cover(knowledge, map_name) if map_name is not None else (),
        opponents=tuple(
            Habits(seat=seat, name=key, counts=dict(fact.counts), deaths=knowledge.depth(fact))
            for seat, key in sorted(opponents.items())
            if (fact := knowledge.habits(key)) is not None
        ),
        opinions=tuple(
            opinion.text[:limit] for opinion, limit in zip(opinions, OPINION_CHARACTERS, strict=False) if opinion.text
        ),
    )
    return experience if experience != Experience() else None


def _cells(knowledge: Knowledge, map_name: str) -> tuple[Cell, ...]:
    visited = knowledge.cells(Kind.VISITED, map_name)
    danger = knowledge.cells(Kind.DANGER, map_name)
    cells = [_cell(knowledge, cell, visited.get(cell), danger.get(cell)) for cell in visited | danger]
    known = sorted(cells, key=lambda cell: (-cell.turns - cell.lost, cell.row, cell.col))[:CELLS_TOLD]
    return tuple(sorted(known, key=lambda cell: (cell.row, cell.col)))


def _cell(knowledge: Knowledge, cell: tuple[int, int], visited: Fact | None, danger: Fact | None) -> Cell:
    row, col = cell
    latest = danger if danger is not None else visited
    return Cell(
        row=row,
        col=col,
        turns=visited.counts.get("turns", 0) if visited is not None else 0,
        dealt=visited.counts.get("dealt", 0) if visited is not None else 0,
        lost=danger.counts.get("lost", 0) if danger is not None else 0,
        deaths=knowledge.depth(latest) if latest is not None else 0,
    )


def _cover(knowledge: Knowledge, map_name: str) -> tuple[Cover, ...]:
    blocks = [
        Cover(
            row=row,
            col=col,
            struck=fact.counts.get("struck", 0),
            broken=fact.counts.get("broken", 0),
            left=fact.left,
            deaths=knowledge.depth(fact),
        )
        for (row, col), fact in knowledge.cells(Kind.BLOCK, map_name).items()
    ]
    known = sorted(blocks, key=lambda block: (-block.broken, -block.struck, block.row, block.col))[:COVER_TOLD]
    return tuple(sorted(known, key=lambda block: (block.row, block.col)))
