"""From the bytes of a message to its type, with bounds on what is even looked at."""

from typing import TypeVar

from pydantic import ValidationError

from cowboy.errors import BadMessage
from cowboy.game.wire.base import Wire

W = TypeVar("W", bound=Wire)


def decode(kind: type[W], value: bytes | None, max_bytes: int) -> W:
    """The message in `value`. Raises `BadMessage`, which says what is wrong and where."""
    if not value:
        raise BadMessage("the message is empty", b"")
    if len(value) > max_bytes:
        raise BadMessage(f"the message has {len(value)} bytes; more than {max_bytes} are not read", value)
    try:
        return kind.model_validate_json(value)
    except ValidationError as error:
        raise BadMessage(_explain(error), value) from None


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "message"
    return f"{where}: {first['msg']}"[:300]
