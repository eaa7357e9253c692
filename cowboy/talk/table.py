"""A table's talk: what it is, what can happen to it, and what it tells. Plain data with one codec.

Ids of members are opaque. Times are in milliseconds of whatever clock the caller has.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple, Self, TypeAlias

from cowboy.talk.words import TURN_MS, Cause, EventType, Reason


@dataclass(frozen=True, slots=True)
class Talk:
    """The state of a table.

    `order` is the ring of members, `speaker` the one that has the word, or None: nobody. `passed` are those with
    nothing to say, in the order in which they said so. `changed_ms` is when the turn began, or the members changed.
    `turn_seq` grows by one whenever a turn begins or ends: it is the fence of the right to speak. `last_spoke` is after
    whom a person's question goes on. `spoken_ms` is when a member last spoke, 0 if a person has spoken since. `turns`
    and `urgency` are what the rules of speakers look at. A turn lasts `turn_ms`.
    """

    order: tuple[str, ...] = ()
    speaker: str | None = None
    passed: tuple[str, ...] = ()
    changed_ms: int = 0
    turn_seq: int = 0
    pre_populated: bool = False
    last_spoke: str | None = None
    spoken_ms: int = 0
    turns: Mapping[str, int] = field(default_factory=dict)
    urgency: Mapping[str, int] = field(default_factory=dict)
    turn_ms: int = TURN_MS

    @property
    def dormant(self) -> bool:
        """Nobody has the word."""
        return self.speaker is None

    @property
    def deadline_ms(self) -> int | None:
        """The last millisecond of the turn, None if nobody has the word."""
        return None if self.speaker is None else self.changed_ms + self.turn_ms

    def asks_at(self, pause_ms: int) -> int:
        """When the bot that has the word is asked, in milliseconds.

        It follows another bot after a pause, half of its turn at most, so that people can read. A person is answered
        at once.
        """
        return max(self.changed_ms, self.spoken_ms + min(pause_ms, self.turn_ms // 2))

    def expired(self, now_ms: int) -> bool:
        """The speaker's time is over."""
        return self.deadline_ms is not None and now_ms > self.deadline_ms

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        values = json.loads(text)
        return cls(**{**values, "order": tuple(values["order"]), "passed": tuple(values["passed"])})


class Discovered(NamedTuple):
    """The members, as they were found."""

    members: tuple[str, ...]


class Listed(NamedTuple):
    """The members, all of them: the first has the word at once. `turn_ms` is how long it has it."""

    members: tuple[str, ...]
    turn_ms: int = TURN_MS


class MembersChanged(NamedTuple):
    """Members come and go."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


class Activated(NamedTuple):
    """A dormant table is to begin."""


class Asked(NamedTuple):
    """An account asks whether it may speak."""

    account: str
    is_human: bool = False


class Heard(NamedTuple):
    """Somebody has said something: a person, a member, or neither."""

    sender: str | None
    is_human: bool


class Done(NamedTuple):
    """The speaker has spoken, or has nothing to say. `turn_seq` is the turn that it means, None for whatever is on."""

    account: str
    no_reply: bool
    turn_seq: int | None = None


class Advanced(NamedTuple):
    """The word is to go on."""


class Expired(NamedTuple):
    """The time of that turn is over."""

    turn_seq: int


class Silenced(NamedTuple):
    """All are to be silent until the next message."""


class Urged(NamedTuple):
    """A member tells how much it wants to speak, from 0 to 4."""

    account: str
    level: int


Input: TypeAlias = (
    Discovered | Listed | MembersChanged | Activated | Asked | Heard | Done | Advanced | Expired | Silenced | Urged
)


class Outcome(NamedTuple):
    """What an input did. `applied` is False if it changed nothing. `allowed` and `reason` answer who asked."""

    applied: bool
    cause: Cause
    allowed: bool = False
    reason: Reason | None = None


class TalkEvent(NamedTuple):
    """What a table tells. Each `turn_seq` has one event that is not of `members`."""

    type: EventType
    cause: Cause
    turn_seq: int
    speaker: str | None
    previous: str | None
    deadline_ms: int | None
    order: tuple[str, ...]


class Step(NamedTuple):
    """A table after an input, None if there is none yet; what the input did; what the table tells of it."""

    talk: Talk | None
    outcome: Outcome
    events: tuple[TalkEvent, ...] = ()
