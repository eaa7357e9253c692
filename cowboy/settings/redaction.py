"""Redaction: removes secrets from texts that servers send back, which may repeat all that was sent."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from html.entities import codepoint2name
from typing import Self

PLACE = "<key>"
"""Stands where a secret was. In a speech it is a mark that no bot may say."""

SHORTEST = 6
"""What is shorter is no secret but a placeholder for a server that wants none, such as `x` or `EMPTY`.

Cut out, it would take parts of words with it.
"""


class Redaction:
    """Cuts secrets out, also where they are escaped as JSON, URLs and HTML have it, or in Base64. Thread-safe."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
        forms = [form for secret in known for form in ("".join(map(_in_any_form, secret)), *_in_base64(secret))]
        self._pattern = re.compile("|".join(forms)) if forms else None

    @classmethod
    def of_login(cls, user: str, password: str, *others: str) -> Self:
        """Cuts out a password, the header by which it is sent to log in (Basic), and other secrets."""
        return cls([*others, password, b64encode(f"{user}:{password}".encode()).decode()] if password else others)

    def __call__(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(PLACE, text)


def _in_any_form(character: str) -> str:
    code = ord(character)
    # What is escaped may begin with the character itself, such as `%25`: the longer forms come first.
    forms = [rf"\\+(?i:u{code:04x})", f"(?i:%{code:02x})", f"&#0*(?:{code}|(?i:x0*{code:x}));"]
    if name := codepoint2name.get(code):
        forms.append(f"&{name};")
    escaped = r"\\*" if character in "\\/\"'" else ""
    return f"(?:{'|'.join([*forms, escaped + re.escape(character)])})"


def _in_base64(secret: str) -> Iterator[str]:
    """What a secret looks like within a longer text in Base64, such as a whole header, for each place in its groups.

    The characters at its ends that hold bits of its neighbours are left out.
    """
    for before in range(3):
        code = b64encode(b"\0" * before + secret.encode()).decode()
        inner = code[-(-8 * before // 6) : 8 * (before + len(secret)) // 6]
        yield "".join(_BASE64.get(character, character) for character in inner)


_BASE64 = {"+": r"(?:\+|-|%2[Bb])", "/": r"(?:\\*/|_|%2[Ff])"}
"""A character that has other forms in URLs and in JSON → a pattern of all."""
