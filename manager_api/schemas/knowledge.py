"""Bodies of what characters know, each thing with its source."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import Field

from cowboy.characters.fact import FOLDED, Fact, Kind, Subject
from cowboy.characters.knowledge import Knowledge
from cowboy.characters.recollection import Opinion
from manager_api.schemas.base import MAX_SHOWN, Body

KINDS = {Kind.VISITED: "visited", Kind.BLOCK: "block", Kind.DANGER: "danger", Kind.HABITS: "habits"}

OpponentKey = Annotated[str, Field(pattern=r"^([A-Za-z0-9 -]{1,32}|(person|seat):[A-D])$")]
"""A character's name; `person:A` for people on a seat, `seat:B` for bots without a character."""


class FactView(Body):
    """One thing that a character knows. `counts` adds up all sightings; the others tell of the latest.

    `map` is a map's fingerprint, `cell` row and column on it; `*` stands for all that was folded. `left` is what was
    left of a block. `deaths` is through how many deaths it was handed down, `first_deaths` the first sighting.
    """

    kind: str
    map: str | None = None
    cell: str | None = None
    opponent: str | None = None
    counts: dict[str, int]
    left: int | None = None
    game_id: str
    turn_no: int
    witness: str
    at: datetime
    deaths: int
    first_deaths: int

    @classmethod
    def of(cls, knowledge: Knowledge, subject: Subject, fact: Fact) -> Self:
        of_opponent = subject.kind is Kind.HABITS
        return cls(
            kind=KINDS[subject.kind],
            map=None if of_opponent else subject.name,
            cell=None if of_opponent else subject.place,
            opponent=subject.name if of_opponent else None,
            counts=dict(fact.counts),
            left=fact.left,
            game_id=fact.source.game_id,
            turn_no=fact.source.turn_no,
            witness=fact.source.witness,
            at=datetime.fromtimestamp(fact.source.at_ms / 1000, UTC),
            deaths=knowledge.depth(fact),
            first_deaths=max(0, knowledge.generation - fact.first_generation),
        )


class OpinionView(Body):
    """What a character's model noted for itself in a game: no observation, and handed down to nobody."""

    game_id: str
    turn_no: int
    text: str


class KnowledgeView(Body):
    """All that a character knows, by kind and subject. `scope` is `shared` if all know the same."""

    name: str
    scope: str
    generation: int
    bytes: int
    total: int
    facts: tuple[FactView, ...]
    opinions: tuple[OpinionView, ...]

    @classmethod
    def of(
        cls, name: str, scope: str, knowledge: Knowledge, opinions: tuple[Opinion, ...], query: "KnowledgeQuery"
    ) -> Self:
        facts = [
            FactView.of(knowledge, subject, fact)
            for subject, fact in sorted(knowledge.facts.items())
            if query.kind in {None, KINDS[subject.kind]} and query.map in {None, subject.name}
        ]
        return cls(
            name=name,
            scope=scope,
            generation=knowledge.generation,
            bytes=knowledge.bytes,
            total=len(facts),
            facts=tuple(facts[: query.limit]),
            opinions=tuple(OpinionView(**opinion._asdict()) for opinion in opinions if opinion.text),
        )


class KnownView(Body):
    """How much is known: facts of each kind, maps and opponents. `scope` is `shared` if all know the same."""

    scope: str
    bytes: int
    facts: dict[str, int]
    maps: int
    opponents: int
    opinions: int

    @classmethod
    def of(cls, scope: str, knowledge: Knowledge, opinions: tuple[Opinion, ...]) -> Self:
        subjects = knowledge.facts.keys()
        opponents = [one for one in subjects if one.kind is Kind.HABITS and one.name != FOLDED]
        return cls(
            scope=scope,
            bytes=knowledge.bytes,
            facts=dict(Counter(KINDS[one.kind] for one in subjects)),
            maps=len({one.name for one in subjects if one.kind is not Kind.HABITS and one.name != FOLDED}),
            opponents=len(opponents),
            opinions=sum(bool(opinion.text) for opinion in opinions),
        )


class KnowledgeQuery(Body):
    """Which facts are wanted."""

    kind: Annotated[str | None, Field(pattern=r"^(visited|block|danger|habits)$")] = None
    map: Annotated[str | None, Field(pattern=r"^([0-9a-f]{1,64}|\*)$")] = None
    limit: int = Field(500, ge=1, le=MAX_SHOWN)


class ForgetOpponent(Body):
    """Whose habits all characters are to forget."""

    opponent: OpponentKey


class Forgotten(Body):
    """In how many scopes the opponent was known."""

    opponent: str
    scopes: int


class CharacterPath(Body):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{1,32}$")]
