"""The rules of who speaks next.

A rule is asked with those who may have the word, in the order of the ring, and names one of them. What is announced of
a rule to bots and people is its sentence.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

Shuffle: TypeAlias = Callable[[list[str]], list[str] | None]
"""Takes a list of ids and returns it in another order, or changes it in place and returns None."""


class Standing(NamedTuple):
    """What a rule knows of a table: how many turns each member has had, and how much each wants to speak (0 to 4)."""

    turns: Mapping[str, int]
    urgency: Mapping[str, int]


class SpeakerRule(NamedTuple):
    """`choose` takes those who may have the word, at least one, the table's standing, and a shuffle."""

    name: str
    sentence: str
    choose: Callable[[Sequence[str], Standing, Shuffle], str]


def shuffled(members: Sequence[str], shuffle: Shuffle) -> list[str]:
    """A shuffled copy."""
    copy = list(members)
    in_another_order = shuffle(copy)
    return copy if in_another_order is None else in_another_order


def _next_in_the_ring(members: Sequence[str], _standing: Standing, _shuffle: Shuffle) -> str:
    return members[0]


def _most_urgent(members: Sequence[str], standing: Standing, _shuffle: Shuffle) -> str:
    return max(members, key=lambda member: standing.urgency.get(member, 0))


def _random_of_those_with_fewest_turns(members: Sequence[str], standing: Standing, shuffle: Shuffle) -> str:
    fewest = min(standing.turns.get(member, 0) for member in members)
    return shuffled([member for member in members if standing.turns.get(member, 0) == fewest], shuffle)[0]


ROUND_ROBIN = SpeakerRule(
    "round_robin", "The bots have the word one after the other, around the table.", _next_in_the_ring
)
URGENT = SpeakerRule(
    "urgent",
    "The bot that most wants to speak has the word next; of those that want it equally, the next around the table.",
    _most_urgent,
)
RANDOM = SpeakerRule(
    "random",
    "Chance gives the word to one of the bots that have had it least often.",
    _random_of_those_with_fewest_turns,
)

SPEAKER_RULES = {rule.name: rule for rule in (ROUND_ROBIN, URGENT, RANDOM)}
