"""What a model answered, as an action of the game. Read tolerantly, judged by the guard.

A command may come as an object by the schema, as JSON within text, or as a line such as `shoot left`; of several lines
the last one that is a command counts. Prose is not a command: "I will move up" may as well be part of a thought.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from cowboy.brains.llm.quoting import cleaned
from cowboy.errors import ModelError
from cowboy.game.rules import Action
from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.words import DIRECTED, RESERVED, CommandType, Direction

MAX_CHARACTERS = 20_000
"""Of an answer's end, which is all that is read."""

MAX_OBJECTS = 100
"""That many braces are tried for being the beginning of an object."""


class Command(BaseModel):
    """The command for this turn, chosen from those that are listed."""

    command_type: Literal[CommandType.MOVE, CommandType.SHIELD, CommandType.SHOOT, CommandType.SPEAK]
    direction: Literal[Direction.UP, Direction.LEFT, Direction.DOWN, Direction.RIGHT] | None
    speak_text: str | None

    def to_action(self) -> Action:
        """Raises `ModelError` for a speech that says nothing."""
        return _action(self.command_type, self.direction, self.speak_text)


def _strict(schema: dict[str, Any]) -> None:
    """Strict schemas want every field required and none with a default. A note left out is none."""
    schema["required"].append("note")
    del schema["properties"]["note"]["default"]


class NotedCommand(Command):
    """The command for this turn, chosen from those that are listed, and a note to yourself."""

    model_config = ConfigDict(json_schema_extra=_strict)

    note: str | None = None


_DIRECTIONS = {
    name: direction
    for number, direction in enumerate(Direction, start=1)
    for name in (direction.value, direction.value[0], str(number))
}
_KINDS = {kind.value: kind for kind in CommandType if kind not in RESERVED}

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_PREFIX = re.compile(r"^(?:(?:final )?(?:answer|command|action|decision)\s*:|\d+[.)])\s*", re.IGNORECASE)
_NOTE = re.compile(r"^[ \t*_`>#-]*note[*_`]*\s*:(.*)$", re.IGNORECASE | re.MULTILINE)
_DIRECTED = re.compile(r"(move|shield|shoot)\s+(\w+)(?:\s*[.,;:(–—-].*)?", re.IGNORECASE)
_SPOKEN = re.compile(r"speak\b[\s:]*(.*)", re.IGNORECASE)


def read_answer(text: str, options: Sequence[Action]) -> Action:
    """The action that a text stands for; a bare number is the number of one of `options`, counted from 1.

    Raises `ModelError`, whose message tells the model what to do better.
    """
    text = _NOTE.sub("", _read(text))
    for found in reversed(list(_objects(text))):
        return _action(found["command_type"], found.get("direction"), found.get("speak_text"))
    for line in reversed(text.splitlines()):
        if (action := _from_line(line.strip(" \t*_`\"'>#"), options)) is not None:
            return action
    raise ModelError("there was no command in the answer")


def read_note(text: str) -> str | None:
    """The note to itself that a model wrote beside its command, in whatever form; None if there is none."""
    text = _read(text)
    if lines := _NOTE.findall(text):
        return str(lines[-1]).strip(" \t*_`")
    for found in reversed(list(_objects(text))):
        return found["note"] if isinstance(found.get("note"), str) else None
    return None


def _read(text: str) -> str:
    """As much of an answer as is looked at."""
    return _THOUGHT.sub("", text[-MAX_CHARACTERS:])


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """Everything in the text that is JSON and looks like a command, fenced, spread over lines or nested."""
    decoder = json.JSONDecoder()
    for brace in list(re.finditer(r"\{", text))[-MAX_OBJECTS:]:
        try:
            found, _ = decoder.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "command_type" in found:
            yield found


def _from_line(line: str, options: Sequence[Action]) -> Action | None:
    if re.fullmatch(r"[0-9]{1,2}\.?", line):
        number = int(line.rstrip("."))
        if not 1 <= number <= len(options):
            raise ModelError(f"there is no command {number} in the list")
        return options[number - 1]
    line = _PREFIX.sub("", line).strip(" *_`\"'")
    if directed := _DIRECTED.fullmatch(line):
        return _action(directed[1], directed[2], None) if directed[2].lower() in _DIRECTIONS else None
    if spoken := _SPOKEN.fullmatch(line):
        return _action(CommandType.SPEAK, None, spoken[1].strip(" \"'“”"))
    return None


def _action(kind: object, direction: object, text: object) -> Action:
    known = _KINDS.get(str(kind).strip().lower())
    if known is None:
        raise ModelError(f"command_type must be one of {', '.join(_KINDS)}")
    if known in DIRECTED:
        towards = _DIRECTIONS.get(str(direction).strip().lower())
        if towards is None:
            raise ModelError(f"{known} needs a direction: up, left, down or right")
        return Action(known, towards)
    said = cleaned(text, SPEECH_LIMIT) if isinstance(text, str) else ""
    if not said:
        raise ModelError("speak needs a text")
    return Action(known, None, said)
