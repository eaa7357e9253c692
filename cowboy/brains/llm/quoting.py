"""Text that others wrote, made fit to be shown to a model or to players: visible, bounded, always within its quotes.

It cannot be filtered for meaning. That it can do no harm comes from elsewhere: whatever a model is talked into, it can
only choose among the legal commands of its own player.
"""

import json
import unicodedata
from collections.abc import Iterable

from cowboy.game.summary import SPEECH_LIMIT

EVENT_CHARACTERS = 2_500
"""A summary of ours is far shorter; what is longer is not one."""

OPENING, CLOSING = "<<<data", "data>>>"
"""The marks around data. Nothing quoted holds `<` or `>`, so neither can be forged from within."""

_BLANKS = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0})
"""Variation selectors, and letters and signs that look like nothing."""
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&`"}


def cleaned(text: str, limit: int) -> str:
    """The text on one line without anything invisible (control, format, private and unassigned characters)."""
    line = " ".join(text[: 4 * limit].split())
    if line.isascii() and line.isprintable():
        return line[:limit].strip()  # as nearly all of it is, and looking at each character takes its time
    return "".join(filter(is_visible, line))[:limit].strip()


def quoted(value: object, limit: int) -> str:
    """The value as compact JSON of plain ASCII, each text in it cleaned and at most `limit` long."""
    return json.dumps(_cleaned_within(value, limit), separators=(",", ":")).translate(_ESCAPED)


def quoted_events(summaries: Iterable[str]) -> list[str]:
    """What happened, as `cowboy.game.summary` has it, a line each. What is no summary is left out."""
    return [quoted(event, SPEECH_LIMIT) for summary in summaries if (event := _event(summary)) is not None]


def data_block(lines: Iterable[str]) -> str:
    """Quoted lines between the marks."""
    return "\n".join((OPENING, *lines, CLOSING))


def is_visible(character: str) -> bool:
    """Whether people can see that it is there, or see a space; a line's end they cannot be sure of."""
    category = unicodedata.category(character)
    return category[0] != "C" and category not in ("Zl", "Zp") and ord(character) not in _BLANKS


def _event(summary: str) -> dict[str, object] | None:
    if len(summary) > EVENT_CHARACTERS:
        return None
    try:
        event = json.loads(summary)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _cleaned_within(value: object, limit: int) -> object:
    if isinstance(value, str):
        return cleaned(value, limit)
    if isinstance(value, dict):
        return {cleaned(str(key), limit): _cleaned_within(item, limit) for key, item in value.items()}
    if isinstance(value, list | tuple):
        # A map is a list of lists of numbers, and most of what is quoted.
        return [item if type(item) is int else _cleaned_within(item, limit) for item in value]
    return value
