"""Reads a model's answer as an action of the game. It reads tolerantly; the guard checks the action.

A command is looked for in these places, in this order. The first place that has one decides:

1. calls of a tool, whatever its name: their arguments;
2. the text, after its thoughts and the marks around it were taken off: objects, and lines such as `shoot left`;
3. what the server calls a thought, if there is nothing else and it was not cut off.

A place must hold exactly one command, which may be repeated; a wrong, broken or cut-off one counts as another command.
Only among calls, wrong or illegal ones are ignored if there is a good one. Texts within an object are data and never
read, so that a player whom a model quotes there cannot choose for it. Prose is not a command: "I will move up" may be
part of a thought.

A thought can only choose an action: it is never spoken and never a note. Nor is a line read where an answer was cut
off, except the first and the last, or an action that may have been longer.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from cowboy.brains.llm.completion import ARGUMENTS, Said
from cowboy.brains.llm.objects import BROKEN, our_fields, parsed, taken_out
from cowboy.brains.llm.quoting import cleaned
from cowboy.brains.llm.wrapping import unwrapped
from cowboy.errors import ModelError
from cowboy.game.rules import Action
from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.words import DIRECTED, RESERVED, CommandType, Direction

MAX_CHARACTERS = 20_000
"""Characters of an answer's end. The rest is not read."""


class Command(BaseModel):
    """The command for this turn, chosen from those that are listed."""

    command_type: Literal[CommandType.MOVE, CommandType.SHIELD, CommandType.SHOOT, CommandType.SPEAK]
    direction: Literal[Direction.UP, Direction.LEFT, Direction.DOWN, Direction.RIGHT] | None
    speak_text: str | None


def _strict(schema: dict[str, Any]) -> None:
    """Strict schemas want every field required and none with a default. A note left out is none."""
    schema["required"].append("note")
    del schema["properties"]["note"]["default"]


class NotedCommand(Command):
    """The command for this turn, chosen from those that are listed, and a note to yourself."""

    model_config = ConfigDict(json_schema_extra=_strict)

    note: str | None = None


Urgency: TypeAlias = Literal[0, 1, 2, 3, 4]
"""How much a bot wants to have the word at its table."""


class UrgedCommand(Command):
    """The command for this turn, chosen from those that are listed, and how much you want to speak at the table."""

    urgency: Urgency


class UrgedNotedCommand(NotedCommand):
    """The command for this turn, chosen from those that are listed, a note to yourself, and how much you want to speak
    at the table."""

    urgency: Urgency


def form_of(*, takes_notes: bool, tells_urgency: bool) -> type[Command]:
    """What a model is asked to fill in."""
    if tells_urgency:
        return UrgedNotedCommand if takes_notes else UrgedCommand
    return NotedCommand if takes_notes else Command


class Form(StrEnum):
    """How a command was written."""

    CALL = "call"
    OBJECT = "object"
    LINE = "line"


class Answer(NamedTuple):
    """The command in an answer, and what a model wrote beside it, if it did: a note to itself, and how much it wants to
    speak at the table.
    """

    action: Action
    note: str | None
    form: Form
    urgency: int | None = None


_DIRECTIONS = {
    name: direction
    for number, direction in enumerate(Direction, start=1)
    for name in (direction.value, direction.value[0], str(number))
}
_KINDS = {kind.value: kind for kind in CommandType if kind not in RESERVED}
_UNSEEN = "\ufeff\u200b\u200c\u200d\u2060"
_AROUND = f" \t*_`\"'>#${_UNSEEN}"
_WIDE_AROUND = f"{_AROUND}/()[]{{}}<“”‘’«»"
_MOST_ENCODINGS = 4
_LEVELS = frozenset("01234")
_NO_NOTE = frozenset({"null", "none"})

_LABEL = r"(?:final )?(?:answer|command|action|decision|option|choice|assistant)"
_PREFIX = re.compile(rf"^(?:{_LABEL}[*_\s]*:[*_]*|\d+(?:[.):]|\s-\s)|[-•]\s)\s*", re.IGNORECASE)
_NUMBER = re.compile(rf"(?:{_LABEL}[*_\s]*(?::[*_\s]*|\s#?))?\(?([0-9]{{1,2}})[\].)]*", re.IGNORECASE)
_NOTE = re.compile(r"^[ \t*_`>#-]*note[*_`]*[ \t]*:([^\n]*?)(?=<[/|]|$)", re.IGNORECASE | re.MULTILINE)
_URGENCY = re.compile(r"^[ \t*_`>#-]*urgency[*_`]*[ \t]*:[ \t*_`]*([0-9]+)\b[^\n]*$", re.IGNORECASE | re.MULTILINE)
_BETWEEN = r"(?:[\s_:,(/=\"'-]|->|→)+"
_DIRECTED = re.compile(rf"(move|shield|shoot){_BETWEEN}([a-z]+|[0-9])\b(?:\s*(?![\w\s])(.*))?", re.IGNORECASE)
_ANOTHER = re.compile(rf"\b(move|shield|shoot){_BETWEEN}(up|left|down|right)\b", re.IGNORECASE)
_SPOKEN = re.compile(r"speak\b[\s:]*(.*)", re.IGNORECASE)
_MEMBER = re.compile(r"<?(?:[a-z]\w*\.)+(\w+)(?::[^<>]*)?>?", re.IGNORECASE)


def read_answer(said: Said, options: Sequence[Action]) -> Answer:
    """The command that a model gave; a bare number is the number of one of `options`, counted from 1.

    Raises `ModelError`, whose message tells the model what to do better.
    """
    faults: list[ModelError] = []
    found = list(_in_calls(said, faults))
    if len({answer.action for answer in found}) > 1:
        legal = [answer for answer in found if answer.action.kind is CommandType.SPEAK or answer.action in options]
        found = legal or found
    found = found or list(_in_text(said.text, options, said.cut))
    if not found and not faults and not said.text.strip() and not said.cut:
        in_thought = _in_text(said.thought, options, said.cut)
        alone = (answer._replace(note=None, urgency=None) for answer in in_thought)
        found = [answer for answer in alone if answer.action.kind is not CommandType.SPEAK]
    if found:
        return _only(found)
    if said.cut:
        raise ModelError("the answer was too long and was cut off; give the command and nothing else")
    raise faults[0] if faults else ModelError("there was no command in the answer")


def _only(found: Sequence[Answer]) -> Answer:
    if len({answer.action for answer in found}) > 1:
        raise ModelError("there was more than one command in the answer; give one and nothing else")
    return found[-1]


def _in_calls(said: Said, faults: list[ModelError]) -> Iterator[Answer]:
    for call in said.calls:
        arguments = _decoded(call.arguments)
        if not (commands := list(_commands_in(arguments))):
            faults.append(ModelError("no tool is to be called but the one for the answer, with all of its fields"))
        for command in commands:
            try:
                yield _answer(command._replace(form=Form.CALL))
            except ModelError as fault:
                faults.append(fault)


def _in_text(text: str, options: Sequence[Action], cut: bool) -> Iterator[Answer]:
    """All commands in a text, wherever they stand. Raises `ModelError` for what is one and is wrong."""
    if len(text) > MAX_CHARACTERS:
        text = text[-MAX_CHARACTERS:].partition("\n")[2]  # the rest of a line may be the end of a text in an object
    text = text.strip()
    whole = parsed(text) if text[:1] in {"{", "["} else None
    if isinstance(whole, dict | list):  # as nearly all objects come
        yield from _from_objects([whole], None)
        return
    if isinstance(quoted := parsed(text) if text.startswith('"') else None, str):
        text = quoted.strip()
    taken = taken_out(text)
    rest = unwrapped(taken.rest)
    notes = [taken.restored(note[1]).strip(" \t*_`") for note in _NOTE.finditer(rest)]
    note = notes[-1] if notes else None
    rest = _NOTE.sub("", rest)
    urgencies = _URGENCY.findall(rest)
    urgency = _level(urgencies[-1]) if urgencies else None
    lines = [line.strip() for line in _URGENCY.sub("", rest).splitlines() if line.strip()]
    objects: list[Any] = []
    for number, line in enumerate(lines):
        spoken = _SPOKEN.match(_bare(line)) is not None
        if not spoken:
            objects += taken.objects_in(line)
        ends = number == len(lines) - 1
        if cut and number and not ends:
            continue
        action = _from_line(taken.restored(line) if spoken else line, options)
        if action is not None and not (cut and ends and _may_go_on(line, action)):
            yield Answer(action, note, Form.LINE, urgency)
    yield from _from_objects(objects, note, urgency)


def _from_objects(objects: Iterable[Any], note: str | None, urgency: int | None = None) -> Iterator[Answer]:
    """What was written on lines beside an object goes before what stands in it."""
    for one in objects:
        if one is BROKEN:
            raise ModelError("an object in the answer is broken; give one JSON object and nothing else")
        for command in _commands_in(one):
            answer = _answer(command)
            yield answer._replace(
                note=answer.note if note is None else note, urgency=answer.urgency if urgency is None else urgency
            )


class _Found(NamedTuple):
    """An object that has a command, and how it came: as the arguments of a call, or by itself."""

    fields: Mapping[str, Any]
    form: Form


def _commands_in(value: Any, form: Form = Form.OBJECT) -> Iterator[_Found]:
    """All objects with a command in a parsed value; texts in it are looked into only where a call has its arguments."""
    if isinstance(value, list):
        for item in value:
            yield from _commands_in(item, form)
    elif isinstance(value, dict):
        fields = our_fields(value)
        if "command_type" in fields:
            yield _Found(fields, form)
            return
        for name, item in value.items():
            if name in ARGUMENTS:
                yield from _commands_in(_decoded(item), Form.CALL)
            else:
                yield from _commands_in(item, form)


def _decoded(value: Any) -> Any:
    """A value that may be a text of it, and that once more."""
    for _ in range(_MOST_ENCODINGS):
        if not isinstance(value, str):
            break
        text = value.strip()
        if (inner := parsed(text)) is None:
            objects = taken_out(text).objects
            return objects[0] if len(objects) == 1 else None
        value = inner
    return value


def _answer(found: _Found) -> Answer:
    fields, note = found.fields, found.fields.get("note")
    action = _action(fields["command_type"], fields.get("direction"), fields.get("speak_text"))
    given = isinstance(note, str) and note.strip().lower() not in _NO_NOTE
    return Answer(action, note if given else None, found.form, _level(fields.get("urgency")))


def _level(value: object) -> int | None:
    """How much a model wants to speak, however it is written; None if it does not say so."""
    word = str(value).strip().removesuffix(".0")
    return int(word) if word in _LEVELS else None


def _bare(line: str) -> str:
    """A line without the marks of a list, of emphasis and of what it is."""
    return _PREFIX.sub("", line.strip(_AROUND)).strip(" *_`\"'$")


def _from_line(line: str, options: Sequence[Action]) -> Action | None:
    if chosen := _NUMBER.fullmatch(line.strip(_WIDE_AROUND)):
        if not 1 <= int(chosen[1]) <= len(options):
            raise ModelError(f"there is no command {chosen[1]} in the list")
        return options[int(chosen[1]) - 1]
    if directed := _DIRECTED.fullmatch(_bare(line.strip(_WIDE_AROUND))):
        return _directed(directed)
    line = _bare(line)
    if spoken := _SPOKEN.fullmatch(line):
        return _action(CommandType.SPEAK, None, spoken[1].strip(" \"'“”"))
    return None


def _directed(found: "re.Match[str]") -> Action | None:
    """Raises `ModelError` where another command follows on the line, or may be meant."""
    if found[2].lower() not in _DIRECTIONS:
        return None
    action = _action(found[1], found[2], None)
    if any(_action(other[1], other[2], None) != action for other in _ANOTHER.finditer(found[3] or "")):
        raise ModelError("there was more than one command in the answer; give one and nothing else")
    return action


def _may_go_on(line: str, action: Action) -> bool:
    """Whether a last line may have been cut off before its end, and mean something else."""
    return action.kind is CommandType.SPEAK or _NUMBER.fullmatch(line.strip(_WIDE_AROUND)) is not None


def _action(kind: object, direction: object, text: object) -> Action:
    name, towards = _word(kind), _DIRECTIONS.get(_word(direction))
    if direction is None and (both := _DIRECTED.fullmatch(name)) and not both[3]:
        name, towards = both[1], _DIRECTIONS.get(both[2])
    known = _KINDS.get(name)
    if known is None:
        raise ModelError(f"command_type must be one of {', '.join(_KINDS)}")
    if known in DIRECTED:
        if towards is None:
            raise ModelError(f"{known} needs a direction: up, left, down or right")
        return Action(known, towards)
    said = cleaned(text, SPEECH_LIMIT) if isinstance(text, str) else ""
    if not said:
        raise ModelError("speak needs a text")
    return Action(known, None, said)


def _word(value: object) -> str:
    """A value of an enum, however it is spelled."""
    word = str(value).strip(" \t\r\n\"'`.")
    member = _MEMBER.fullmatch(word)
    return (member[1] if member else word).lower()
