"""Text that others wrote, made fit to be shown to a model or to players: visible, bounded, always within its quotes.

It cannot be filtered for meaning. That it can do no harm comes from elsewhere: whatever a model is talked into, it can
only choose among the legal commands of its own player.
"""

import json
import unicodedata
from collections.abc import Iterable

OPENING, CLOSING = "<<<data", "data>>>"
"""The marks around data. Nothing quoted holds `<` or `>`, so neither can be forged from within."""

_VARIATION_SELECTORS = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&`"}


def cleaned(text: str, limit: int) -> str:
    """The text on one line without anything invisible (control, format, private and unassigned characters)."""
    line = " ".join(text[: 4 * limit].split())
    if line.isascii() and line.isprintable():
        return line[:limit].strip()  # as nearly all of it is, and looking at each character takes its time
    return "".join(filter(_is_visible, line))[:limit].strip()


def quoted(value: object, limit: int) -> str:
    """The value as compact JSON of plain ASCII, each text in it cleaned and at most `limit` long."""
    return json.dumps(_cleaned_within(value, limit), separators=(",", ":")).translate(_ESCAPED)


def data_block(lines: Iterable[str]) -> str:
    """Quoted lines between the marks."""
    return "\n".join((OPENING, *lines, CLOSING))


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] != "C" and ord(character) not in _VARIATION_SELECTORS


def _cleaned_within(value: object, limit: int) -> object:
    if isinstance(value, str):
        return cleaned(value, limit)
    if isinstance(value, dict):
        return {cleaned(str(key), limit): _cleaned_within(item, limit) for key, item in value.items()}
    if isinstance(value, list | tuple):
        # A map is a list of lists of numbers, and most of what is quoted.
        return [item if type(item) is int else _cleaned_within(item, limit) for item in value]
    return value
