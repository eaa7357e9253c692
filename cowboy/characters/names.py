"""Names: of characters and of their horses, drawn at random or from a seed, and the rules for those that people give.

A name that was drawn is only a proposal: it belongs to the process that reserves it in Redis
(`cowboy.state`), so a caller draws several. Horses' names are drawn from a source of chance of their own:
whether they are wanted changes no character's name.
"""

import math
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import islice
from random import Random

from cowboy.characters.words import COATS_AND_GAITS, MIDDLES, MINERALS_AND_SIGNS, NUMERALS, PREFIXES, SUFFIXES
from cowboy.errors import BadRequest

MAX_LENGTH = 32
RESERVED = frozenset(
    ("shared", "none", "statistics", "export", "import", "clean-up", "forget", "release", "tree", "quarantine")
)
"""`shared` is whose knowledge is everybody's; the others are said in places where a name could stand."""

_VALID = re.compile(r"[A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*")


class NameLevel(StrEnum):
    """How many words a character's name has. `numbered` adds a number to the simple name, and never ends."""

    SIMPLE = "simple"
    MEDIUM = "medium"
    COMPLEX = "complex"
    NUMBERED = "numbered"


def combinations(level: NameLevel) -> float:
    """How many different names a level has; infinity for `numbered`."""
    simple = len(PREFIXES) * len(SUFFIXES)
    return {
        NameLevel.SIMPLE: simple,
        NameLevel.MEDIUM: simple * len(MIDDLES),
        NameLevel.COMPLEX: simple * len(MIDDLES) * (len(MIDDLES) - 1),
        NameLevel.NUMBERED: math.inf,
    }[level]


def horse_combinations(*, with_numerals: bool) -> int:
    """How many different names horses have."""
    return len(COATS_AND_GAITS) * len(MINERALS_AND_SIGNS) * (len(NUMERALS) if with_numerals else 1)


def checked_name(name: str) -> str:
    """A name that somebody gave, if it can be one. Raises `BadRequest`, which names the value and the remedy."""
    if len(name) > MAX_LENGTH:
        raise BadRequest(
            f"name {name[:MAX_LENGTH]!r}… has {len(name)} characters; give one of {MAX_LENGTH} at the most"
        )
    if not _VALID.fullmatch(name):
        raise BadRequest(
            f"name {name!a} cannot be used; give letters A to Z and digits, with single spaces or hyphens between them"
        )
    if name.lower() in RESERVED:
        raise BadRequest(f"name {name!r} is reserved; give another")
    return name


class Names:
    """Draws names. Not thread-safe. The same seed gives the same sequence."""

    def __init__(
        self,
        seed: int | None = None,
        level: NameLevel = NameLevel.MEDIUM,
        *,
        number_first: bool = False,
        horse_numerals: bool = False,
    ) -> None:
        """`number_first` puts the number of a `numbered` name in front of it."""
        self._level = level
        self._number_first = number_first
        self._horse_numerals = horse_numerals
        self._people = Random(seed)  # noqa: S311  # names are no secrets
        self._stable = Random(None if seed is None else f"horses of {seed}")  # noqa: S311
        self._count = 0

    def people(self, count: int) -> list[str]:
        """So many different names of characters; fewer if the level has fewer."""
        return list(islice(_different(self._person), count))

    def horses(self, count: int) -> list[str]:
        """So many different names of horses; fewer if there are fewer."""
        return list(islice(_different(self._horse), count))

    def _person(self) -> str:
        chance = self._people
        middles = {NameLevel.MEDIUM: 1, NameLevel.COMPLEX: 2}.get(self._level, 0)
        name = "".join([chance.choice(PREFIXES), *chance.sample(MIDDLES, middles), chance.choice(SUFFIXES)])
        if self._level != NameLevel.NUMBERED:
            return name
        self._count += 1
        return f"{self._count}{name}" if self._number_first else f"{name}{self._count}"

    def _horse(self) -> str:
        words = [self._stable.choice(COATS_AND_GAITS), self._stable.choice(MINERALS_AND_SIGNS)]
        return " ".join([*words, self._stable.choice(NUMERALS)] if self._horse_numerals else words)


DRAWS = 100
"""After so many draws in a row that gave nothing new there is hardly anything left."""


def _different(draw: Callable[[], str]) -> Iterator[str]:
    seen: set[str] = set()
    misses = 0
    while misses < DRAWS:
        name = draw()
        misses = misses + 1 if name in seen else 0
        if name not in seen:
            seen.add(name)
            yield name
