"""What all wire models share: strictness, times, bounded integers (docs/wire.md#conventions)."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)


class Wire(BaseModel):
    """A frozen message. Unknown fields are ignored, nothing is coerced: a text "7" is not the number 7."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    def to_json(self) -> bytes:
        """Compact JSON; every field is written, an absent value as null."""
        return self.model_dump_json().encode()


def _read_time(value: Any, parse: ValidatorFunctionWrapHandler) -> datetime:
    # pydantic would take "1772734962" as seconds since 1970; a number has no colon, a time of day always has.
    if not (isinstance(value, datetime) or (isinstance(value, str) and ":" in value)):
        raise ValueError("must be a time in the form of RFC 3339, such as 2026-01-31T08:00:00Z")
    moment: datetime = parse(value)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie within the years 1 to 9999 of UTC") from None


def _write_time(value: datetime) -> str:
    needed = "milliseconds" if value.microsecond % 1000 == 0 else "microseconds"
    return value.isoformat(timespec=needed if value.microsecond else "seconds").replace("+00:00", "Z")


Time = Annotated[
    AwareDatetime,
    # A function around the parser hides from it that the text is JSON, and a strict parser would then want no text.
    Strict(False),
    WrapValidator(_read_time),
    PlainSerializer(_write_time, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""RFC 3339. Read with any offset (none is refused), nine digits of a second cut to six; written in UTC with Z and
0, 3 or 6 digits, as many as needed."""

Unsigned = Annotated[int, Field(ge=0, lt=2**64)]
Signed32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Text = Annotated[str, Field(max_length=1_000_000)]
