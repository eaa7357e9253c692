"""Knowledge: all facts of one scope, that is of one character, or of all in the mode `shared`.

It is bounded: what is too much is folded, the oldest first, into one fact for all cells of a map, then of all maps, and
one for all opponents. Sums stay true; where and by whom is lost.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple, Self

from cowboy.characters.fact import FOLDED, Fact, Kind, Source, Subject
from cowboy.characters.watch import Seen, Sighting

GENERATION = "generation"
"""The field of a scope's hash that counts the deaths in its line."""

BYTES = "bytes"
"""The field that counts what the facts take up."""

SHARED = "shared"
"""The scope of all characters together. No character may have this name."""

MOST_BYTES = 56_000
"""More than that, names and values together, is folded."""

FOLDED_BYTES = 48_000
"""What folding leaves at most, so that it is done seldom."""

MOST_GAME_ID = 64
"""Characters of a game's id that are kept; a foreign backend's may be of any length."""


class Witness(NamedTuple):
    """A player that remembers what it sees: `scope` is where, `name` its own."""

    name: str
    scope: str


class Company(NamedTuple):
    """The players of a game by id: the witnesses that remember anything, and the opponents' key of each.

    `map` is the map's fingerprint; without it nothing is learned about cells.
    """

    game_id: str
    map: str | None
    witnesses: Mapping[str, Witness]
    opponents: Mapping[str, str]


class Knowledge:
    """The facts of one scope, by subject; `generation` deaths lie before it in its line."""

    def __init__(self, facts: Mapping[Subject, Fact] | None = None, generation: int = 0) -> None:
        self.facts = dict(facts or {})
        self.generation = generation

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> Self:
        """Of a stored hash. A field that cannot be read is left out."""
        facts = {}
        for field, text in fields.items():
            if (subject := Subject.of_field(field)) is not None:
                try:
                    facts[subject] = Fact.of_json(text)
                except ValueError:
                    continue
        return cls(facts, int(fields.get(GENERATION, 0)))

    def fields(self) -> dict[str, str]:
        """As it is stored."""
        return {GENERATION: str(self.generation), BYTES: str(self.bytes)} | {
            subject.field: fact.to_json() for subject, fact in self.facts.items()
        }

    @cached_property
    def bytes(self) -> int:
        """What the facts take up: names and values, as stored. Counted once, then kept up with each change."""
        return sum(_bytes(subject, fact) for subject, fact in self.facts.items())

    def add(self, subject: Subject, counts: Mapping[str, int], source: Source, left: int | None = None) -> None:
        """One sighting more."""
        fact = Fact(counts, source, self.generation, self.generation, left)
        self._join(subject, fact)

    def fold(self, most_bytes: int = MOST_BYTES, folded_bytes: int = FOLDED_BYTES) -> None:
        """Fold the oldest facts until there is room again, if there is too much."""
        if self.bytes <= most_bytes:
            return
        for subject in sorted(self.facts, key=lambda subject: (self.facts[subject].source.at_ms, subject.field)):
            if self.bytes <= folded_bytes:
                return
            if subject.wider != subject:
                self._join(subject.wider, self._pop(subject)._replace(left=None))

    def _join(self, subject: Subject, fact: Fact) -> None:
        joined = self._pop(subject).joined(fact) if subject in self.facts else fact
        self.bytes += _bytes(subject, joined)
        self.facts[subject] = joined

    def _pop(self, subject: Subject) -> Fact:
        self.bytes -= _bytes(subject, self.facts[subject])
        return self.facts.pop(subject)

    def inherited(self) -> "Knowledge":
        """What an heir begins with: the same facts, one death further away."""
        return Knowledge(self.facts, self.generation + 1)

    def depth(self, fact: Fact) -> int:
        """Through how many deaths a fact was handed down, from its latest witness."""
        return max(0, self.generation - fact.generation)

    def cells(self, kind: Kind, map_name: str) -> dict[tuple[int, int], Fact]:
        """The facts of one kind about the cells of one map."""
        return {
            subject.cell: fact
            for subject, fact in self.facts.items()
            if subject.kind is kind and subject.name == map_name and subject.cell is not None
        }

    def habits(self, opponent: str) -> Fact | None:
        """What is known of an opponent."""
        return self.facts.get(Subject(Kind.HABITS, opponent)) if opponent != FOLDED else None


def learn(scopes: Mapping[str, Knowledge], company: Company, seen: Seen) -> None:
    """Add what an event shows to what its witnesses know, each fact once in a scope.

    The caller tells each event once.
    """
    touched = set()
    for sighting in seen.sightings:
        if (subject := _subject(sighting, company)) is None:
            continue
        told: set[str] = set()
        for witness in (company.witnesses[player] for player in sighting.witnesses if player in company.witnesses):
            if witness.scope not in told:
                told.add(witness.scope)
                source = Source(company.game_id[:MOST_GAME_ID], seen.turn_no, witness.name, seen.at_ms)
                scopes[witness.scope].add(subject, sighting.counts, source, sighting.left)
        touched |= told
    for scope in touched:
        scopes[scope].fold()


def _subject(sighting: Sighting, company: Company) -> Subject | None:
    if sighting.kind is Kind.HABITS:
        return Subject(sighting.kind, company.opponents[sighting.subject])
    return Subject(sighting.kind, company.map, sighting.subject) if company.map is not None else None


def _bytes(subject: Subject, fact: Fact) -> int:
    return len(subject.field.encode()) + len(fact.to_json().encode())
