"""What pydantic refuses, in a few words that repeat nothing of what was given."""

from typing import NamedTuple

from pydantic import ValidationError

LONGEST = 300


class Fault(NamedTuple):
    """A field that is wrong: where it is, pydantic's name for the kind of fault, and what is wrong."""

    place: tuple[int | str, ...]
    kind: str
    text: str


def faults(error: ValidationError) -> list[Fault]:
    """All fields that are wrong; at least one."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [Fault(one["loc"], one["type"], one["msg"].removeprefix("Value error, ")) for one in found]


def first_fault(error: ValidationError, whole: str = "message") -> str:
    """The first field that is wrong, and how. `whole` stands for a field where all that was given is wrong."""
    place, _, text = faults(error)[0]
    return f"{'.'.join(map(str, place)) or whole}: {text}"[:LONGEST]
