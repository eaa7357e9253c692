"""From the bytes of a message to its type, with bounds on what is even looked at."""

from typing import TypeVar

from pydantic import ValidationError

from cowboy.errors import BadMessage
from cowboy.errors.validation import first_fault
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.talk import TalkMessage

M = TypeVar("M", StepEvent, Command, TalkMessage)


def decode(kind: type[M], game_id: str, value: bytes | None, max_bytes: int) -> M:
    """The message in `value`, which stood on a topic of game `game_id`.

    Raises `BadMessage`, which says what is wrong and where. A message that names another game is wrong: the topic gave
    it its place in the order of this game, so it was sent by mistake or by malice.
    """
    if not value:
        raise BadMessage("the message is empty", b"")
    if len(value) > max_bytes:
        raise BadMessage(f"the message has {len(value)} bytes; more than {max_bytes} are not read", value)
    try:
        message = kind.model_validate_json(value)
    except ValidationError as error:
        raise BadMessage(first_fault(error), value) from None
    if message.game_id != game_id:
        raise BadMessage(f"game_id: {message.game_id[:64]!r} is not the game of this topic", value)
    return message
