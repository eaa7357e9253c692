"""A configuration file in YAML, read strictly: what is not understood refuses the start, by variable, file and place.

Only how a file is read stands here; what may be in it is a model of the module that uses it. No message quotes a
value, for a value may be a key in the wrong place.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from cowboy.errors import BadSetting
from cowboy.errors.validation import faults
from cowboy.settings import Settings, environment_name
from cowboy.settings.environment import variable

MAX_BYTES = 256_000
MAX_DEPTH = 16
"""PyYAML reads recursively: without a bound, a file of brackets would end the process."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)|\$([$({])")
"""A variable in either spelling; `$$`, which is a dollar; or what a shell would know and we do not."""
_MERGE = "tag:yaml.org,2002:merge"
_SAYS = {
    "extra_forbidden": "is not a key that is known here; mend its spelling or take it out",
    "missing": "is missing; add it",
    "string_type": "must be text; what YAML takes for something else (7, yes, 2026-01-31) needs quotes",
    "dict_type": "must be a mapping, lines of key: value",
    "model_type": "must be a mapping, lines of key: value",
}
"""Kind of pydantic's error → what we say instead."""

Model = TypeVar("Model", bound=BaseModel)


class Section(BaseModel):
    """A mapping in a file. As in the environment, an empty value is as good as none; text is trimmed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, value: Any) -> Any:
        if value is None:
            return {}
        if not isinstance(value, dict):
            return value
        trimmed = {key: item.strip() if isinstance(item, str) else item for key, item in value.items()}
        # An unknown key is refused even if it is empty.
        return {key: item for key, item in trimmed.items() if item not in (None, "") or key not in cls.model_fields}


class YamlFile(NamedTuple):
    """The file at `path`, named by the environment variable `variable`."""

    variable: str
    path: Path

    @classmethod
    def named_by(cls, settings: Settings, field: str) -> "YamlFile | None":
        """The file that a field of `settings` names, if it names one."""
        path = getattr(settings, field)
        return None if path is None else cls(environment_name(field), path)

    def load(self, model: type[Model], *, expand: bool = False, context: object = None) -> Model:
        """The file as a `model`, each `${NAME}` or `$NAME` in a text replaced by that environment variable if `expand`.

        `context` is for the model's validators. Raises `BadSetting`, one line for each thing that is wrong.
        """
        tree = self._tree()
        try:
            return model.model_validate(self._expanded(tree, "") if expand else tree, strict=False, context=context)
        except ValidationError as error:
            lines = (self._line(_SAYS.get(fault.kind, fault.text), _place(fault.place)) for fault in faults(error))
            raise BadSetting("\n".join(lines)) from None

    def refusal(self, problem: str, place: str = "") -> BadSetting:
        """The error that says what is wrong, and where in the file."""
        return BadSetting(self._line(problem, place))

    def _line(self, problem: str, place: str) -> str:
        return ": ".join(filter(None, (self.variable, str(self.path.absolute()), place, problem)))

    def _tree(self) -> object:
        """The file as dictionaries, lists and scalars."""
        text = self._text()
        try:
            self._check_events(text)
            root = yaml.compose(text, yaml.SafeLoader)
            if not isinstance(root, yaml.MappingNode):
                raise self.refusal("must be a mapping, lines of key: value")
            self._check_keys(root, "")
            return yaml.SafeLoader("").construct_document(root)
        except yaml.MarkedYAMLError as error:
            # PyYAML's own text would quote the line.
            raise self.refusal(
                "is not one YAML document; look here and above for quotes, colons and indentation",
                _line_of(error.problem_mark or error.context_mark),
            ) from None
        except yaml.YAMLError:
            raise self.refusal("is not YAML: it has characters that no text has") from None
        except (ValueError, ArithmeticError):
            raise self.refusal("has a number or a date that cannot be; put it in quotes, or mend it") from None

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise self.refusal(f"cannot be read: {error.strerror}; give {self.variable} the path of a file") from None
        if len(content) > MAX_BYTES:
            raise self.refusal(f"is larger than {MAX_BYTES // 1000} kB; make it smaller")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise self.refusal("is not UTF-8; save it as such") from None

    def _check_events(self, text: str) -> None:
        """Refuse what a small file can grow huge with, or build unexpected objects from."""
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            place = _line_of(event.start_mark)
            if getattr(event, "anchor", None):
                raise self.refusal("anchors (&) and aliases (*) are not taken; write it out, or use quotes", place)
            if getattr(event, "tag", None):
                raise self.refusal("tags (!) are not taken; use quotes if text was meant", place)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise self.refusal(f"is nested more than {MAX_DEPTH} levels deep; make it flatter", place)

    def _check_keys(self, node: yaml.Node, place: str) -> None:
        """Refuse keys that are there twice, of which PyYAML would take the last in silence."""
        seen = set()
        for key, value in _pairs(node):
            line = _line_of(key.start_mark)
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                raise self.refusal("a key must be a plain name", line)
            inner = _inner(place, key.value)
            if key.value in seen:
                raise self.refusal("is there twice; keep one", f"{line}: {inner}")
            seen.add(key.value)
            self._check_keys(value, inner)

    def _expanded(self, tree: object, place: str) -> object:
        """The parsed tree with its variables filled in.

        The existing system replaces in the raw text before it is parsed. For honest values that gives the same; but
        there, a variable with a quote or a line break in it could add keys to the file, and here it stays one text.
        """
        if isinstance(tree, dict):
            return {key: self._expanded(value, _inner(place, key)) for key, value in tree.items()}
        if isinstance(tree, list):
            return [self._expanded(value, _inner(place, index)) for index, value in enumerate(tree)]
        if isinstance(tree, str):
            return _VARIABLE.sub(lambda match: self._filled_in(match, place), tree)
        return tree

    def _filled_in(self, match: "re.Match[str]", place: str) -> str:
        if match[3] == "$":
            return "$"
        if (name := match[1] or match[2]) is None:
            raise self.refusal("only ${NAME} and $NAME are understood, of letters, digits and _; $$ is a $", place)
        if (value := variable(name)) is None:
            raise self.refusal(f"{match[0]}: {name} is not set; set it, or write $$ for a plain $", place)
        return value


def _pairs(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """All pairs of a mapping, or of the mappings in a list."""
    if isinstance(node, yaml.MappingNode):
        yield from node.value
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _pairs(item)


def _line_of(mark: Any) -> str:
    """Where a mark of PyYAML is, whose parsers each have a class of their own for it; empty for None."""
    return f"line {mark.line + 1}" if mark else ""


def _place(location: tuple[int | str, ...]) -> str:
    place = ""
    for part in location:
        if part != "[key]":  # pydantic's mark for "the key itself is wrong"
            place = _inner(place, part)
    return place


def _inner(place: str, key: object) -> str:
    """The place `key` within `place`. A key that is no name is not shown: `{api_key:secret}` is a key as a whole."""
    name = str(key) if re.fullmatch(r"[\w-]{1,40}", str(key)) else "…"
    return f"{place}.{name}" if place else name
