"""The messages of a game's topics, as an observer has copied them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cowboy.bus.consumer import Record

FORGED_KEY = b"chaos"
"""The key of every message that chaos itself has sent. No reader of ours looks at keys."""


class Seen(NamedTuple):
    """A message. `broker_life` tells the topics of a broker that lost everything from those that came before."""

    broker_life: int
    offset: int
    key: bytes | None
    value: bytes | None

    @classmethod
    def of(cls, record: Record, broker_life: int) -> "Seen":
        return cls(broker_life, record.offset, record.key, record.value)

    @property
    def is_forged(self) -> bool:
        return self.key == FORGED_KEY


@dataclass
class Evidence:
    """The topics of a game, each in its order; `talk` as far as it was copied live. `broker_lives`: how many brokers
    they were on, one after the other.
    """

    game_id: str
    commands: list[Seen] = field(default_factory=list)
    events: list[Seen] = field(default_factory=list)
    talk: list[Seen] = field(default_factory=list)
    broker_lives: int = 1

    def differs_from(self, again: "Evidence") -> str | None:
        """How the live copy differs from a later reading from the start, or None.

        The later reading may have more at its end.
        """
        for name, live, later in (
            ("input", self.commands, again.commands),
            ("output", self.events, again.events),
        ):
            if (problem := _difference(live, later)) is not None:
                return f"{name} topic: {problem}"
        return None


def _difference(live: Sequence[Seen], later: Sequence[Seen]) -> str | None:
    lives, laters = _by_offset(live), _by_offset(later)
    if len(lives) < len(live):
        return "an offset was given twice"
    if changed := [offset for offset, seen in lives.items() if laters.get(offset) != seen]:
        return f"{len(changed)} messages are gone or another, the first at offset {changed[0]}"
    if skipped := [offset for offset in laters if offset not in lives and offset < max(lives, default=-1)]:
        return f"{len(skipped)} messages were skipped live, the first at offset {skipped[0]}"
    return None


def _by_offset(messages: Iterable[Seen]) -> dict[int, Seen]:
    return {seen.offset: seen for seen in messages}
