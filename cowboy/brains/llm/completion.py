"""Reads a server's answer, in any dialect of the API, into one form: `Said`.

Servers differ in what they leave out, nest, encode or name. This module hides the differences; `answer` reads the
words. Pure: it takes bytes.

| differs | read as |
| --- | --- |
| the document | JSON, or a stream of events though none was asked for |
| the message | with or without a role; a completion's bare `text` |
| its content | a text, null, a list of parts, an object |
| a thought | a field `reasoning_content`, `reasoning`, `thinking` or `reasoning_details`, a part of that kind |
| a call | in `tool_calls` (a list, or one alone) or `function_call`, with or without id, type and `function` |
| | as `custom`, or as a part of the content |
| its arguments | a text or an object, as `arguments`, `parameters`, `args` or `input` |
| an error | a field `error` of the document, of an event or of the choice; no choice at all |
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

from cowboy.brains.llm.quoting import cleaned
from cowboy.models.quota import Usage

EXCERPT_CHARACTERS = 160
"""Characters kept of what a server said when it failed."""

_CUT = frozenset({"length", "max_tokens", "model_length", "content_filter"})
"""Values of `finish_reason` for an answer that was cut off."""

_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
ARGUMENTS = ("arguments", "parameters", "args", "input")
"""Names for what a call passes."""

_STREAM = re.compile(r"(?:data|event|id|retry)?:")
_CALLS = frozenset({"tool_use", "tool_call", "function_call"})
"""Kinds of a part of the content that are calls."""

_MOST_TOKENS = 10**9
_SUCCESS = 200


class Call(NamedTuple):
    """A call of a tool that a model wants made. Its arguments are as the server has them: a text, or parsed."""

    name: str
    arguments: object

    def __str__(self) -> str:
        given = self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)
        return f"{self.name} {given}".strip()


class Said(NamedTuple):
    """What a model said. `thought` is what the server calls so, `cut` whether the end came too early.

    `usage` is what it cost, if the server says so.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    thought: str = ""
    refusal: str = ""
    cut: bool = False
    usage: Usage | None = None

    def mapped(self, change: Callable[[str], str]) -> Self:
        """The same with each of its texts changed."""
        calls = tuple(
            Call(change(name), change(given) if isinstance(given, str) else json.loads(change(json.dumps(given))))
            for name, given in self.calls
        )
        return self._replace(
            text=change(self.text), calls=calls, thought=change(self.thought), refusal=change(self.refusal)
        )

    @property
    def whole(self) -> str:
        """All of it, in one text."""
        return "\n".join(filter(None, (self.thought, self.text, self.refusal, *map(str, self.calls))))


class NoCompletion(Exception):
    """A server's answer is none.

    `code` is the status in an error's document, 200 where it has none; None if the answer is no error.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


def read_completion(body: bytes, media_type: str = "") -> Said:
    """What a successful response says. Raises `NoCompletion`, whose message quotes nothing."""
    document = _document(body, media_type)
    if not isinstance(document, dict):
        raise NoCompletion("its answer is no chat completion")
    _refuse_error(document)
    choices = document.get("choices")
    found = [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
    if not found:
        raise NoCompletion("its answer is no chat completion")
    choice = found[0]
    _refuse_error(choice)
    reason = choice.get("finish_reason")
    if reason == "error":
        raise NoCompletion("it answered with an error", _SUCCESS)
    message = next((choice[name] for name in ("message", "delta", "text") if choice.get(name) is not None), None)
    cut = isinstance(reason, str) and reason.lower() in _CUT
    return _said(message if isinstance(message, dict) else {"content": message}, cut, _usage(document.get("usage")))


def excerpt(body: bytes) -> str:
    """A short piece of what a server says about its failure: visible characters on one line."""
    try:
        document = _document(body, "")
    except NoCompletion:
        document = None
    text = _complaint(document) or body[: 40 * EXCERPT_CHARACTERS].decode("utf-8", "replace")
    return cleaned(text, EXCERPT_CHARACTERS)


def _document(body: bytes, media_type: str) -> Any:
    text = _text_of(body).lstrip()
    if _STREAM.match(text) or ("event-stream" in media_type and not text.startswith("{")):
        return _joined(list(_events(text)))
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NoCompletion("its answer is unreadable") from None


def _text_of(body: bytes) -> str:
    """A body as text. Some servers send a character of which a model gave only a part: it is replaced."""
    return body.decode(json.detect_encoding(body), "replace").removeprefix("\ufeff")


# -- streams -----------------------------------------------------------------------------------------------------------


def _events(text: str) -> Iterator[Any]:
    """The documents of a stream; None for the mark of its end."""
    # Not `splitlines`, which also splits where a text within the JSON has a separator of Unicode's.
    for line in re.split(r"[\r\n]+", text):
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            yield None
            return
        try:
            yield json.loads(data)
        except (ValueError, RecursionError):
            raise NoCompletion("its answer is unreadable") from None


def _joined(events: list[Any]) -> dict[str, Any]:
    """The document that a stream would have been in one piece. One without an end was cut off."""
    message: dict[str, Any] = {}
    reason = "stop" if events and events[-1] is None else None
    usage = None
    for event in events:
        if not isinstance(event, dict):
            continue
        if event.get("error"):
            return event
        usage = event.get("usage") or usage
        for choice in event.get("choices") or ():
            if not isinstance(choice, dict) or choice.get("index", 0) != 0:
                continue
            if choice.get("error"):
                return choice
            reason = choice.get("finish_reason") or reason
            _add(message, choice.get("delta") or choice.get("message") or {"content": choice.get("text")})
    if not message:
        return {}
    return {"choices": [{"message": message, "finish_reason": reason or "length"}], "usage": usage}


def _add(message: dict[str, Any], delta: Any) -> None:
    if not isinstance(delta, dict):
        return
    text, thought = _texts(delta.get("content"))
    for name, more in (("content", text), ("reasoning", thought + _thought(delta)), ("refusal", delta.get("refusal"))):
        if isinstance(more, str):
            message[name] = message.get(name, "") + more
    calls = message.setdefault("tool_calls", [])
    for part in delta.get("tool_calls") or ():
        if not isinstance(part, dict):
            continue
        name, arguments = _call(part)
        index = part.get("index")
        known = next((call for call in calls if index is not None and call["index"] == index), None)
        if known is None:
            calls.append({"index": index, "name": name, "arguments": arguments})
        elif isinstance(known["arguments"], str) and isinstance(arguments, str):
            known["arguments"] += arguments
        else:
            known["arguments"] = arguments


# -- the message -------------------------------------------------------------------------------------------------------


def _said(message: Mapping[str, Any], cut: bool, usage: Usage | None) -> Said:
    text, thought = _texts(message.get("content"))
    refusal = message.get("refusal")
    return Said(
        text=text,
        calls=tuple(_calls(message)),
        thought=thought + _thought(message),
        refusal=refusal if isinstance(refusal, str) else "",
        cut=cut,
        usage=usage,
    )


def _texts(content: Any) -> tuple[str, str]:
    """What is said, and what is only thought, in a message's content."""
    match content:
        case None:
            return "", ""
        case str():
            return content, ""
        case list():
            said, thought = "", ""
            for part in content:
                if isinstance(part, dict) and part.get("type") in {"thinking", "reasoning"}:
                    thought += _text(part.get("thinking") or part.get("reasoning") or part.get("text"))
                else:
                    said += _text(part)
            return said, thought
    return json.dumps(content), ""


def _text(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_text, part))
    return _text(part.get("text") or part.get("content") or "") if isinstance(part, dict) else ""


def _thought(message: Mapping[str, Any]) -> str:
    return next((text for name in _THOUGHTS if (text := _text(message.get(name)))), "")


def _calls(message: Mapping[str, Any]) -> Iterator[Call]:
    content = message.get("content")
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    yield from (_call(part) for part in parts if part.get("type") in _CALLS)
    for name in ("tool_calls", "function_call"):
        calls = message.get(name)
        yield from (_call(call) for call in (calls if isinstance(calls, list) else [calls]) if isinstance(call, dict))


def _call(call: Mapping[str, Any]) -> Call:
    function = call.get("function") or call.get("custom")
    named = function if isinstance(function, dict) else call
    arguments = next((named[name] for name in ARGUMENTS if named.get(name) is not None), "")
    return Call(str(named.get("name") or ""), arguments)


def _usage(usage: Any) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
    # A budget is kept with these: a server that counts backwards is not believed.
    if all(type(count) is int and 0 <= count <= _MOST_TOKENS for count in tokens):
        return Usage(*tokens)  # type: ignore[arg-type]
    return None


# -- errors ------------------------------------------------------------------------------------------------------------


def _refuse_error(document: Mapping[str, Any]) -> None:
    if error := document.get("error"):
        raise NoCompletion("it answered with an error", _code_of(error))


def _code_of(error: object) -> int:
    """The status that an error gives, as a number or a text."""
    given = [str(error.get(name)) for name in ("code", "status")] if isinstance(error, dict) else []
    return next((int(code) for code in given if re.fullmatch("[45][0-9]{2}", code)), _SUCCESS)


def _complaint(document: Any) -> str:
    """The words in an error's document, wherever they stand."""
    match document:
        case str():
            return document
        case list():
            return "; ".join(filter(None, map(_complaint, document)))
        case {"error": error} if error and (words := _complaint(error)):
            return words
        case {"choices": choices} if words := _complaint(choices):
            return words
        case dict():
            named = (document.get(name) for name in ("message", "msg", "detail", "error_description"))
            return next((words for value in named if (words := _complaint(value))), "")
    return ""
