"""Objects in a text: JSON, and what models write for it. What stands within one is data, whatever it looks like.

It reads single and typographer's quotes, trailing commas, comments, names without quotes, and the words of Python for
null, true and false; a call as Python has it, `name(field="value")`; and calls in tags, as Qwen, GLM and DeepSeek write
them. An object that is quoted, is never ended, or has a field twice is not read, and nor is what stands in it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MOST_OBJECTS = 100
"""The most objects that are read of a text."""

_MARK, _MARK_END = "\ue000", "\ue001"
"""Around a number: where an object was. Of private use, and taken out of a text before."""

_MARKED = re.compile(f"{_MARK}([0-9]+){_MARK_END}")

_QUOTES = "\"'“‘«"
_BEGINNING = re.compile(
    r"\{|\b\w+\((?=\s*command_type\s*=)"
    r"|<(?:function=|invoke name=\")[\w.]{1,64}\"?>\s*(?=<parameter)|<tool_call>\s*[\w.]{1,64}\s*(?=<arg_key>)"
)
_NAMED = re.compile(r"\{\s*(?:\\*[\"'“]\s*[\w\\]+\s*[\"'”]|\w+)\s*:")
"""The beginning of an object, or of an attempt at one. Other braces are ignored."""

_FIELD = re.compile(
    r"<parameter(?:=| name=\")(\w+)\"?(?:\s[^<>]*)?>\s*(.*?)\s*</parameter>"
    r"|<arg_key>\s*(\w+)\s*</arg_key>\s*<arg_value>\s*(.*?)\s*</arg_value>",
    re.DOTALL,
)
_TAGS = {"<function=": "</function>", "<invoke": "</invoke>", "<tool_call>": "</tool_call>"}
_TOKEN = re.compile(
    r"(?:\s|//[^\n]*|#[^\n]*|/\*.*?\*/)*(?:([{}\[\]():,=])|\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|“([^“”]*)”|([A-Za-z_][\w.]*|-?[0-9][0-9.eE+-]*)|(\S))",
    re.DOTALL,
)
_AS_JSON = {"(": "{", ")": "}", "=": ":"}
_WORDS = {"none": "null", "null": "null", "true": "true", "false": "false"}


BROKEN = object()
"""Was meant to be a command, and cannot be read."""

_OURS = {name.replace("_", ""): name for name in ("command_type", "direction", "speak_text", "note", "urgency")}
_TELLING = ("commandtype", "direction", "speaktext")
_TEMPLATE = "｜DSML｜"
"""What DeepSeek's later models write into each tag of a call."""


class Text(NamedTuple):
    """A text whose objects were taken out. In the place of each is a mark with its number.

    An object that is not to be read is None in `objects`, or `BROKEN`. `sources` are their texts.
    """

    rest: str
    objects: tuple[Any, ...]
    sources: tuple[str, ...]

    def objects_in(self, piece: str) -> Iterator[Any]:
        """Those whose marks stand in a piece of the rest."""
        return (self.objects[int(mark[1])] for mark in _MARKED.finditer(piece))

    def restored(self, piece: str) -> str:
        """A piece of the rest with its objects in place."""
        return _MARKED.sub(lambda mark: self.sources[int(mark[1])], piece)


def taken_out(text: str) -> Text:
    """Take the outermost objects out of a text. One that is never ended takes all that follows with it."""
    text = text.replace(_MARK, "").replace(_MARK_END, "").replace(_TEMPLATE, "")
    parts: list[str] = []
    objects: list[Any] = []
    sources: list[str] = []
    at = 0
    while (found := _BEGINNING.search(text, at)) is not None:
        begin = found.start()
        parts.append(text[at:begin])
        if found[0] == "{" and not _NAMED.match(text, begin):
            parts.append("{")
            at = begin + 1
            continue
        value, end = (None, len(text)) if len(objects) == MOST_OBJECTS else _object(text, begin, found)
        if value is None and any(name in _plain(text[begin:end]) for name in _TELLING):
            value = BROKEN
        parts.append(f"{_MARK}{len(objects)}{_MARK_END}")
        objects.append(None if _is_quoted(text, begin) else value)
        sources.append(text[begin:end])
        at = end
    parts.append(text[at:])
    return Text("".join(parts), tuple(objects), tuple(sources))


def our_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of a command, by their names, however these are spelled. One that is there twice has no value."""
    found: dict[str, Any] = {}
    for spelled, value in fields.items():
        if (name := _OURS.get(_plain(spelled))) is not None:
            found[name] = None if name in found else value
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z{}:]", "", name.lower())


def parsed(text: str) -> Any:
    """The value that the whole text is in JSON; None if it is none, or has a field twice."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None


def _object(text: str, begin: int, found: "re.Match[str]") -> tuple[Any, int]:
    """The object that begins there, None if it cannot be read, and where it ends."""
    if found[0].startswith("<"):
        return _tagged(text, begin, found)
    if found[0] == "{":
        try:
            return json.JSONDecoder(object_pairs_hook=_once).raw_decode(text, begin)
        except (ValueError, RecursionError):
            pass
    return _tolerant(text, found.end() - 1)


def _tagged(text: str, begin: int, found: "re.Match[str]") -> tuple[Any, int]:
    ending = next(end for begin, end in _TAGS.items() if found[0].startswith(begin))
    end = text.find(ending, begin)
    if end < 0:
        return None, len(text)
    fields = [(one[1] or one[3], one[2] if one[1] else one[4]) for one in _FIELD.finditer(text, found.end(), end)]
    try:
        return {"arguments": _once(fields)}, end + len(ending)
    except ValueError:
        return None, end + len(ending)


def _tolerant(text: str, begin: int) -> tuple[Any, int]:
    """As JSON what is meant to be it, up to the brace or bracket that ends it."""
    tokens: list[str] = []
    at, depth = begin, 0
    while (token := _TOKEN.match(text, at)) is not None:
        at = token.end()
        sign = token[1]
        if sign is None:
            tokens.append(token[6] or _value(token))
            continue
        sign = _AS_JSON.get(sign, sign)
        if sign in "}]" and tokens[-1] == ",":
            tokens.pop()
        tokens.append(sign)
        depth += (sign in "{[") - (sign in "}]")
        if depth == 0:
            return (parsed("".join(tokens)), at)
    return None, len(text)


def _value(token: "re.Match[str]") -> str:
    if token[2] is not None:
        return _text(token[2])
    if token[3] is not None:
        return _text(token[3].replace("\\'", "'").replace('"', '\\"'))
    if token[4] is not None:
        return json.dumps(token[4])
    word = token[5]
    return word if word[0] in "-0123456789" else _WORDS.get(word.lower(), json.dumps(word))


def _text(inside: str) -> str:
    """A text in JSON's quotes, with its line breaks as JSON has them."""
    inside = re.sub(r"\\([^\"\\/bfnrtu])", r"\1", inside)  # as Markdown escapes
    return '"' + inside.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def _is_quoted(text: str, begin: int) -> bool:
    """Whether it stands in quotation marks in the middle of a line: somebody else's words."""
    before = text[:begin].rpartition("\n")[2]
    return before[-1:] in _QUOTES and bool(before[:-1].strip(_QUOTES + " \t")) if before else False


def _once(fields: list[tuple[str, Any]]) -> Mapping[str, Any]:
    """Raises `ValueError` for a field that is there twice, which would mean two things."""
    known = dict(fields)
    if len(known) < len(fields):
        raise ValueError("a field is there twice")
    return known
