"""The turn orders of many channels, in memory, with the operations of a chat's turn manager.

What each operation does is in `cowboy.talk.rules`. Here they have the names, the arguments and the answers under which
a user of that manager looks for them.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from cowboy.talk.rules import Rules
from cowboy.talk.speakers import ROUND_ROBIN, Shuffle, SpeakerRule
from cowboy.talk.table import (
    Activated,
    Advanced,
    Asked,
    Discovered,
    Done,
    Heard,
    Input,
    Listed,
    MembersChanged,
    Silenced,
    Step,
    Talk,
)


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class TurnOrder:
    """The turns to speak of each channel.

    `rules` are `ours`, or `faithful`: those of the manager that this one follows. `clock` gives milliseconds, `shuffle`
    takes a list of ids and returns it in another order (or changes it, as `random.shuffle` does). `speaker_rule` says
    who is next; `faithful` rules always take the next in the ring.
    """

    def __init__(
        self,
        rules: Literal["faithful", "ours"] = "ours",
        clock: Callable[[], int] = _wall_clock_ms,
        shuffle: Shuffle = random.shuffle,
        *,
        speaker_rule: SpeakerRule = ROUND_ROBIN,
    ) -> None:
        self._rules = Rules(rules, speaker_rule)
        self._clock = clock
        self._shuffle = shuffle
        self._channels: dict[str, Talk] = {}

    def has_turn_state(self, channel: str) -> bool:
        """The channel is known, with members or without."""
        return channel in self._channels

    def init_turn_order(self, channel: str, bots: Sequence[str]) -> bool:
        """The bots that were found. Returns True if the channel is new: somebody is to be given the word."""
        return self._take(channel, Discovered(tuple(bots))).outcome.cause == "created"

    def init_turn_order_pre_populated(self, channel: str, bots: Sequence[str]) -> str | None:
        """The bots, all of them. Returns the first speaker, None if there are no bots."""
        created = self._take(channel, Listed(tuple(bots))).outcome.applied
        return self._speaker(channel) if created else None

    def update_turn_members(self, channel: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> dict[str, Any]:
        """Bots come and go. Returns `turn_order`, `current_speaker`, and `needs_handoff`: the speaker is another."""
        told = self._take(channel, MembersChanged(tuple(add), tuple(remove))).events
        talk = self._channels.get(channel, Talk())
        return {
            "turn_order": list(talk.order),
            "current_speaker": talk.speaker,
            "needs_handoff": any(event.type == "handoff" for event in told),
        }

    def activate_first_speaker(self, channel: str) -> str | None:
        """A dormant channel begins. Returns the first speaker, None if there is nothing to begin."""
        activated = self._take(channel, Activated()).outcome.applied
        return self._speaker(channel) if activated else None

    def check_turn(self, channel: str, account: str, *, is_human: bool = False) -> dict[str, Any]:
        """Whether an account may speak. Returns `allowed`, `current_speaker` and `reason`."""
        outcome = self._take(channel, Asked(account, is_human)).outcome
        return {"allowed": outcome.allowed, "current_speaker": self._speaker(channel), "reason": outcome.reason}

    def on_new_message(self, channel: str, sender: str | None, is_human: bool) -> None:
        """Somebody has said something."""
        self._take(channel, Heard(sender, is_human))

    def on_speaker_done(self, channel: str, account: str, was_no_reply: bool) -> str | None:
        """The speaker has spoken or passed. Returns who has the word afterwards."""
        self._take(channel, Done(account, was_no_reply))
        return self._speaker(channel)

    def advance_turn(self, channel: str) -> str | None:
        """The word goes on. Returns who has it afterwards."""
        self._take(channel, Advanced())
        return self._speaker(channel)

    def reset_turn(self, channel: str) -> None:
        """All are silent until the next message."""
        self._take(channel, Silenced())

    def debug_info(self, channel: str) -> dict[str, Any]:
        """All that is known of a channel."""
        talk = self._channels.get(channel)
        if talk is None:
            return {"channel_id": channel, "has_turn_state": False}
        return {
            "channel_id": channel,
            "has_turn_state": True,
            "turn_order": list(talk.order),
            "current_speaker": talk.speaker,
            "no_replied_this_cycle": list(talk.passed),
            "last_changed_at": talk.changed_ms,
            "dormant": talk.dormant,
            "pre_populated": talk.pre_populated,
        }

    def _take(self, channel: str, event: Input) -> Step:
        step = self._rules.step(self._channels.get(channel), event, self._clock(), self._shuffle)
        if step.talk is not None:
            self._channels[channel] = step.talk
        return step

    def _speaker(self, channel: str) -> str | None:
        talk = self._channels.get(channel)
        return None if talk is None else talk.speaker
