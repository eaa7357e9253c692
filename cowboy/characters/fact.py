"""Facts: what a character knows, each with its source: the game, the turn and the witness.

A fact adds up what was seen of one subject, and names the latest sighting of it. It is stored as one field of a scope's
hash, whose name says what the fact is about:

    v <map> <row>,<col>   cell visited: where the witness stood after its own turn
    b <map> <row>,<col>   block: how often it was struck, how often it broke, what was left of it
    d <map> <row>,<col>   danger: hit points that the witness lost there
    h <opponent>          habits of an opponent

`<map>` is a map's fingerprint. A `*` in the place of a cell, map or opponent stands for those that were folded, because
there was too much to keep.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Self

from cowboy.game.board import Grid

FOLDED = "*"
FINGERPRINT_DIGITS = 12


class Kind(StrEnum):
    """The four kinds of facts. The value begins the field's name."""

    VISITED = "v"
    BLOCK = "b"
    DANGER = "d"
    HABITS = "h"


class Subject(NamedTuple):
    """What a fact is about: something on a map, or an opponent, for whom `place` is '' and `name` its key."""

    kind: Kind
    name: str
    place: str = ""

    @property
    def field(self) -> str:
        """The name of the hash's field."""
        return " ".join(filter(None, self))

    @classmethod
    def of_field(cls, field: str) -> Self | None:
        """None for a field that holds no fact."""
        letter, _, rest = field.partition(" ")
        if letter not in set(Kind) or not rest:
            return None
        if letter == Kind.HABITS:
            return cls(Kind.HABITS, rest)
        name, _, place = rest.partition(" ")
        return cls(Kind(letter), name, place)

    @property
    def cell(self) -> tuple[int, int] | None:
        """(row, column), if it is about a cell."""
        row, comma, col = self.place.partition(",")
        return (int(row), int(col)) if comma and row.isdecimal() and col.isdecimal() else None

    @property
    def wider(self) -> Self:
        """What it is folded into: all cells of its map, then all maps; all opponents. Itself if nothing is wider."""
        if self.kind is Kind.HABITS:
            return self._replace(name=FOLDED)
        return self._replace(place=FOLDED) if self.place != FOLDED else self._replace(name=FOLDED)


class Source(NamedTuple):
    """Where a fact comes from. `at_ms` is the event's time, by the clock of the game's backend."""

    game_id: str
    turn_no: int
    witness: str
    at_ms: int


class Fact(NamedTuple):
    """What is known of a subject. `counts` adds up all sightings, `source` is the latest of them.

    `left` is what was left of a block then. `generation` is that of the latest witness, `first_generation` that of the
    first: how many deaths lie before them in the line.
    """

    counts: Mapping[str, int]
    source: Source
    generation: int = 0
    first_generation: int = 0
    left: int | None = None

    def to_json(self) -> str:
        """As it is stored."""
        stored = {
            "n": dict(self.counts),
            "g": self.source.game_id,
            "t": self.source.turn_no,
            "w": self.source.witness,
            "m": self.source.at_ms,
            "k": self.generation,
            "f": self.first_generation,
        }
        if self.left is not None:
            stored["l"] = self.left
        return json.dumps(stored, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def of_json(cls, text: str) -> Self:
        """Raises `ValueError` for what is no fact."""
        try:
            stored = json.loads(text)
            return cls(
                {str(name): int(count) for name, count in stored["n"].items()},
                Source(str(stored["g"]), int(stored["t"]), str(stored["w"]), int(stored["m"])),
                int(stored["k"]),
                int(stored["f"]),
                int(stored["l"]) if "l" in stored else None,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no fact: {text[:100]!r}") from error

    def joined(self, other: "Fact") -> "Fact":
        """Both together. The order does not matter."""
        older, newer = sorted((self, other), key=lambda fact: (fact.source.at_ms, fact.source.turn_no, fact.source))
        counts = {
            name: older.counts.get(name, 0) + newer.counts.get(name, 0) for name in {**older.counts, **newer.counts}
        }
        return newer._replace(
            counts=counts,
            first_generation=min(older.first_generation, newer.first_generation),
            left=newer.left if newer.left is not None else older.left,
        )


def fingerprint(grid: Grid) -> str:
    """Hex digits of a map as a game begins on it: its size, walls and blocks.

    Facts of one map tell nothing of another.
    """
    whole = f"{grid.rows}x{grid.cols}:{','.join(map(str, grid.cells))}"
    return hashlib.sha256(whole.encode()).hexdigest()[:FINGERPRINT_DIGITS]
