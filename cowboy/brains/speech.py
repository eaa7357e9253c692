"""Checks whether a bot may say a text.

A model can be talked into anything, so the speech of every brain is checked. A speech is refused if it gives away
instructions, a key or an id, if other bots could take it for an instruction, or if people cannot see it. The check is
not complete: a leak that is translated, or spread in pieces among other words, passes. So no prompt holds a secret.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from cowboy.brains.llm.quoting import is_visible
from cowboy.game.summary import SPEECH_LIMIT

LONGEST_SHARED_RUN = 24
"""Letters and digits in a row that a speech may have in common with a secret text: some four words."""

LONGEST_SHARED_WITH_KEY = 10
"""The same for keys, where each one counts; a long word may still be part of one that people made up."""

SHORTEST_KEY = 8
"""A key that is shorter is no secret but a word that some server wants to hear."""

SHORTEST_ID = 8
"""An id that is shorter may as well be a word."""


class Secrets(NamedTuple):
    """What must not be said: texts of which no longer piece may be, and keys of which hardly anything may be."""

    texts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


_MARKS = re.compile(
    r"""
    <\|? \s* [/a-z_]          # <|im_start|>, </s>, <system>; but not <3
    | \|> | <<< | >>>
    | \[ /? (?:inst|sys|system|assistant|user) \b
    | ``` | \#\#\#
    | "\w+"\s*:\s*["\d\[{tfn-]    # JSON
    | (?: \A | [.!?\]>"'*\#}] ) \s* (?:system|assistant|user|developer|human|tool) \s* :
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Marks of chat templates, roles and data, which other bots might read as something else than speech."""

_LINK = re.compile(r":\s*//|\bwww\.|\S+@\S+\.\w", re.IGNORECASE)

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)

_KEY = re.compile(
    r"""
    (?<![^\W_]) (?: (?:sk|pk|rk|hf|gsk|ghp|gho|lsv2|xox[a-z]) [-_] [\w-]{8,} | (?:AKIA|AIza|eyJ) [\w-]{8,} )
    | \b (?: api[ _-]?key | passw(?:or)?d ) \s* [:=]
    """,
    re.VERBOSE,
)
"""What providers' keys look like, or what announces one."""

_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{24,}|(?<![A-Za-z0-9])[0-9A-Fa-f]{16,}(?![A-Za-z0-9])")


def speech_fault(text: str, secrets: Secrets, ids: Iterable[str] = ()) -> str | None:
    """Why it must not be said, or None. `ids` are those of the game and its players.

    The answer tells a model what to do better, and quotes nothing: it stands in logs.
    """
    if len(text) > SPEECH_LIMIT:
        return f"a speech has at most {SPEECH_LIMIT} characters"
    if not is_plain_line(text):
        return "a speech has visible characters on one line and nothing else"
    # Full-width letters and the like are read as what they look like.
    plain = unicodedata.normalize("NFKC", text)
    if _MARKS.search(plain):
        return "a speech is plain talk: no roles, tags, fences or JSON"
    if _LINK.search(plain):
        return "a speech has no links or addresses in it"
    if _UUID.search(plain) or any(len(one) >= SHORTEST_ID and one.casefold() in plain.casefold() for one in ids):
        return "a speech names players by their letters; ids are not said"
    if _KEY.search(plain) or any(map(_is_random, _LONG_TOKEN.findall(plain))) or _holds_key(plain, secrets.keys):
        return "a speech has nothing in it that looks like a key or a code"
    said = _letters(text)
    if any(
        _shares(one, _letters(secret), LONGEST_SHARED_RUN) for secret in secrets.texts for one in (said, said[::-1])
    ):
        return "a speech repeats nothing of the instructions; say it in other words, or choose another command"
    return None


def is_plain_line(text: str) -> bool:
    """Whether people can see all of it, in the order in which it was written."""
    return all(map(_may_be_seen, text, " " + text))


def _may_be_seen(character: str, before: str) -> bool:
    """Joiners and variation selectors are part of other scripts and of emoji, and of nothing else."""
    return is_visible(character) or (character in "\u200c\u200d\ufe0e\ufe0f" and not before.isascii())


def _is_random(token: str) -> bool:
    """Unlike a long word or a long shout: digits among the letters, or capitals in the middle, time and again."""
    digits = sum(character.isdigit() for character in token)
    rises = sum(one.islower() and other.isupper() for one, other in pairwise(token))
    return (digits >= 2 and digits < len(token)) or rises >= 3


def _holds_key(text: str, keys: Iterable[str]) -> bool:
    said = _letters(text)
    secret = [letters for letters in map(_letters, keys) if len(letters) >= SHORTEST_KEY]
    return any(_shares(said, letters, min(LONGEST_SHARED_WITH_KEY, len(letters) - 1)) for letters in secret)


def _letters(text: str) -> str:
    """Letters and digits alone, without case and accents, so that neither spaces nor signs in between hide anything."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def _shares(said: str, secret: str, longest: int) -> bool:
    """Whether more than `longest` characters in a row are in both."""
    return any(said[at : at + longest + 1] in secret for at in range(len(said) - longest))
