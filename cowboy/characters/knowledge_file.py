"""A file of knowledge: all facts of a scope, as an archive of characters has them. Strangers' files are checked.

{"generation": 1, "facts": {"d 0f3a5c7e9b12 3,5": {"n": {"lost": 2}, "g": …, as a fact is stored}}}
"""

import json
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cowboy.characters.fact import Fact, Source, Subject
from cowboy.characters.knowledge import MOST_GAME_ID, Knowledge
from cowboy.errors.validation import first_fault

_Count = Annotated[int, Field(ge=0, lt=2**31, strict=True)]
_CountName = Annotated[str, Field(pattern=r"^[a-z_]{1,16}( [a-z_]{1,16})?$")]
_SUBJECT = re.compile(
    r"[vbd] ([0-9a-f]{12}|\*) ([0-9]{1,3},[0-9]{1,3}|\*)|h (\*|(person|seat):[A-D]|[a-z0-9 -]{1,32})", re.ASCII
)


class _Fact(BaseModel):
    """A fact, with the names that it is stored with."""

    model_config = ConfigDict(extra="forbid")

    n: Annotated[dict[_CountName, _Count], Field(max_length=40)]
    g: Annotated[str, Field(pattern=r"^[!-~]+$", max_length=MOST_GAME_ID)]
    t: _Count
    w: Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{1,32}$")]
    m: Annotated[int, Field(ge=0, lt=32_503_680_000_000, strict=True)]
    k: _Count
    f: _Count
    l: _Count | None = None  # noqa: E741  # the name that it is stored with

    def fact(self) -> Fact:
        return Fact(self.n, Source(self.g, self.t, self.w, self.m), self.k, self.f, self.l)


class _File(BaseModel):
    """Facts that are not checked yet, of at most so many deaths."""

    generation: _Count = 0
    facts: dict[str, object]


def write_knowledge(knowledge: Knowledge) -> str:
    """The text that `read_knowledge` reads."""
    facts = {subject.field: json.loads(fact.to_json()) for subject, fact in sorted(knowledge.facts.items())}
    return json.dumps({"generation": knowledge.generation, "facts": facts}, indent=1)


def read_knowledge(text: str) -> tuple[Knowledge, str]:
    """What a file tells, folded to what a scope holds, and what of it could not be read: '' if that is nothing.

    A file without facts is another program's, and tells nothing that is known here.
    """
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError):
        return Knowledge(), "is not JSON"
    if not isinstance(stored, dict) or "facts" not in stored:
        return Knowledge(), ""
    try:
        file = _File.model_validate(stored)
    except ValidationError as error:
        return Knowledge(), first_fault(error)
    facts: dict[Subject, Fact] = {}
    faults = []
    for field, about in file.facts.items():
        try:
            subject, fact = _read(field, about, file.generation)
        except ValueError as error:
            faults.append(str(error))
        else:
            facts[subject] = fact
    knowledge = Knowledge(facts, file.generation)
    knowledge.fold()
    return knowledge, f"{len(faults)} of {len(file.facts)} facts: {faults[0]}" if faults else ""


def _read(field: str, about: object, generation: int) -> tuple[Subject, Fact]:
    """Raises `ValueError`, which says what is wrong."""
    subject = Subject.of_field(field) if _SUBJECT.fullmatch(field) else None
    if subject is None:
        raise ValueError(f"{field[:60]!a} is nothing that is known of")
    try:
        fact = _Fact.model_validate(about).fact()
    except ValidationError as error:
        raise ValueError(f"{field}: {first_fault(error, 'fact')}") from None
    if not fact.first_generation <= generation >= fact.generation:
        raise ValueError(f"{field}: was handed down from after generation {generation}")
    return subject, fact
