"""The message of a game's talk topic, which is kept as the talk's history as well (docs/talk.md)."""

from typing import Literal

from cowboy.game.wire.base import Text, Time, Unsigned, Wire


class TalkMessage(Wire):
    """Something was said at a game's table, or the word went on.

    `message_id` is that of no other message of the game; a reader drops one that it has seen. `turn_seq` numbers the
    turns to speak: each has one message that is not a `remark` or of `members`. In a `remark`, `player_id` is the
    player that spoke, and `to` the seat that alone may hear it, None for all; one that was made by a command of the
    game has its `command_id`, and stands in the history alone, since the output topic shows it. In other messages
    `player_id` is the player that has the word now, until `deadline`, or None.
    """

    game_id: Text
    message_id: Text
    event_type: Literal["remark", "handoff", "dormant", "members", "reset"]
    cause: Text
    turn_seq: Unsigned
    player_id: Text | None = None
    previous: Text | None = None
    order: tuple[Text, ...] = ()
    passed: tuple[Text, ...] = ()
    deadline: Time | None = None
    text: Text | None = None
    to: Text | None = None
    human: bool = False
    command_id: Text | None = None
    created_at: Time

    def heard_by(self, player_id: str | None) -> bool:
        """Whether that seat may know of it; None is everybody."""
        return self.to is None or player_id in {self.to, self.player_id}
