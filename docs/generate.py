"""Writes the pages that are made from the code: `configuration.md`, `rest.md` and `rules.md`.

    .venv/bin/python -m docs.generate

Run it after a change of a setting, a route or the guide. `tests/unit/docs` fails as long as a page is not what it would
write.
"""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from cowboy.game.guide import markdown_table, rules_markdown
from cowboy.settings import Settings, environment_name
from cowboy.settings.base import Group
from manager_api.app import create_app

FOLDER = Path(__file__).parent
NOTE = "<!-- Made from the code by `python -m docs.generate`. Edits here are lost. -->"

Schema = dict[str, Any]
"""A JSON schema, or a part of an OpenAPI document."""


# -- configuration.md ------------------------------------------------------------------------------------------------

CONFIGURATION_HEAD = """# Configuration

Every setting is an environment variable, read once when a process starts; `cowboy/settings` is where they live. An
empty variable counts as absent. A value that cannot be used refuses the start and names the variable; a variable whose
name looks like ours and is read by nobody is reported by `cowboy doctor`. Processes of one installation must agree on
Redis, key prefix, broker and topic prefixes; `cowboy up` hands them to all its processes.

Each secret text, and `COWBOY_REDIS_URL` as a whole, can come from a file instead: `<NAME>_FILE` names it, such as
`COWBOY_MANAGER_TOKEN_FILE=/run/secrets/token`. Line breaks at the end of a secret are stripped; what else is not
printable ASCII, and a space, is refused. In a path `~` stands for the home of the user of the process; a variable in it
is refused. Celery's own variables and options for a broker (`CELERY_BROKER_URL`, `-b`) are not read."""


def configuration_page() -> str:
    """All settings, under the headings that stand in the code."""
    properties = Settings.model_json_schema(by_alias=True)["properties"]
    parts = [NOTE, CONFIGURATION_HEAD]
    for heading, fields in _sections():
        rows = (_setting_row(environment_name(field), properties[environment_name(field)]) for field in fields)
        parts += [f"## {heading}", markdown_table(("variable", "takes", "default", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def _sections() -> Iterator[tuple[str, list[str]]]:
    """Heading → settings, by the ruled comments in the source of `Settings`."""
    groups = (group for group in reversed(Settings.__mro__) if issubclass(group, Group) and group is not Group)
    source = "\n".join(map(inspect.getsource, groups))
    _, *parts = re.split(r"^ +# -- (.+?) -+$", source, flags=re.MULTILINE)
    for heading, source in zip(parts[::2], parts[1::2], strict=True):
        names = re.findall(r"^    (\w+): ", source, flags=re.MULTILINE)
        yield heading.capitalize(), [name for name in names if name in Settings.model_fields]


def _setting_row(variable: str, schema: Schema) -> tuple[str, ...]:
    return f"`{variable}`", _takes(schema), _default(schema), schema["description"]


# -- rest.md ---------------------------------------------------------------------------------------------------------

REST_HEAD = """# The bot manager API

JSON over HTTP at `BOT_MANAGER_BIND` (default <http://127.0.0.1:8090>), for game backends and operators, never for the
public. The same document stands in each running manager: `/openapi` shows it to people, `/openapi/openapi.json` to
programs. Every failure is answered as `{"error": "<text>"}`; unknown fields of a body are ignored. With
`COWBOY_MANAGER_TOKEN` set, everything but `/health…` and `/openapi` needs `Authorization: Bearer <token>`.

Routes that change something can be repeated without harm. To have the first answer repeated as well, send the header
`Idempotency-Key` (1 to 128 printable characters, your choice) with a POST or DELETE: for a day the same request under
the same key gets the first answer again, with the header `Idempotency-Replayed: true`, and is not carried out. Another
request under that key is a 422, one that comes while the first is on its way a 409. Answers from 500 on are not kept.

    curl -X POST -H "Content-Type: application/json" -H "Idempotency-Key: monday-1" \\
         -d '{"instance": "i2"}' http://127.0.0.1:8090/internal/v3/bots/BOT_ID/move"""


def rest_page() -> str:
    """All routes of the bot manager, from its own OpenAPI document."""
    document = create_app(Settings.model_construct()).api_doc
    schemas = document["components"]["schemas"]
    routes = [
        _route(f"{method.upper()} {path}", operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    objects = (_object(name, schemas[name]) for name in sorted(_linked(routes, schemas)))
    return "\n\n".join([NOTE, REST_HEAD, *routes, "## Objects", *objects]) + "\n"


def _route(title: str, operation: Schema, schemas: Schema) -> str:
    """A route: what it does, what it wants, what it answers."""
    parts = [f"## `{title}`", operation["summary"]]
    if query := [parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]:
        rows = ((f"`{one['name']}`", _takes(one["schema"]), _default(one["schema"])) for one in query)
        parts.append(markdown_table(("query", "takes", "if absent"), rows))
    if body := operation.get("requestBody"):
        parts.append(_body(schemas[_name(_content(body))]))
    answers = {status: _content(answer) for status, answer in operation["responses"].items()}
    # The framework adds a 422 to every route in a form of its own, a list; what we answer ourselves is never one.
    failures = ", ".join(sorted(status for status, schema in answers.items() if status != "200" and "$ref" in schema))
    parts.append(f"Answers {_takes(answers['200'])}" + (f"; fails with {failures}." if failures else "."))
    return "\n\n".join(parts)


def _content(message: Schema) -> Schema:
    """The schema of a request's or an answer's body."""
    schema: Schema = message["content"]["application/json"]["schema"]
    return schema


def _body(schema: Schema) -> str:
    rows = (
        (f"`{name}`", _takes(field), "refused" if name in schema.get("required", ()) else _default(field), _says(field))
        for name, field in schema["properties"].items()
    )
    return markdown_table(("field", "takes", "if absent", "meaning"), rows)


def _object(name: str, schema: Schema) -> str:
    fields = schema.get("properties", {}).items()
    detail = (
        markdown_table(("field", "type"), ((f"`{field}`", _takes(its)) for field, its in fields))
        if fields
        else f"One of {_takes(schema)}."
    )
    return "\n\n".join(filter(None, (f"### {name}", textwrap.fill(_says(schema), 120), detail)))


def _linked(routes: list[str], schemas: Schema) -> set[str]:
    """Names of the objects that the routes link to, and of those that these refer to."""
    found: set[str] = set()
    waiting = [name for name in schemas if any(f"(#{name.lower()})" in route for route in routes)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(r"#/components/schemas/(\w+)", str(schemas[name]))
    return found


# -- rules.md --------------------------------------------------------------------------------------------------------

RULES_HEAD = f"""# Rules of the game

`cowboy/game/rules.py` is these rules as code, `cowboy/game/board.py` the board they act on. What they look like on the
wire stands in [wire.md](wire.md). A game whose maker names no `max_turns` is a draw after `COWBOY_MAX_TURNS` turns
({Settings.model_fields["max_turns"].default}); hit points tell who was best.

From here on this page is, word for word, the guide that bots are taught."""


def rules_page() -> str:
    """The rules, as bots are taught them."""
    return "\n\n".join([NOTE, RULES_HEAD, rules_markdown()]) + "\n"


# -- what the first two have in common -------------------------------------------------------------------------------


def _takes(schema: Schema) -> str:
    """A JSON schema in words."""
    if "$ref" in schema:
        return f"[{_name(schema)}](#{_name(schema).lower()})"
    if choices := schema.get("anyOf") or schema.get("allOf"):
        return " or ".join(_takes(choice) for choice in choices if choice.get("type") != "null")
    if "enum" in schema:
        return _words(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_takes(schema['items'])}"
    return ", ".join(filter(None, (_kind(schema), _limits(schema))))


def _kind(schema: Schema) -> str:
    match schema:
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {_takes(values)}"
        case {"format": "path"}:
            return "path"
        case {"format": "password"}:
            return "secret text"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"type": "integer"}:
            return "whole number"
        case {"type": kind}:
            return str({"string": "text"}.get(kind, kind))
    return "`host:port`"


def _limits(schema: Schema) -> str:
    bounds = (
        ("minimum", "from {:.0f}"),
        ("exclusiveMinimum", "over {:.0f}"),
        ("maximum", "to {:.0f}"),
        ("minLength", "at least {} characters"),
        ("maxLength", "at most {} characters"),
        ("pattern", "`{}`"),
    )
    found = (wording.format(schema[bound]) for bound, wording in bounds if bound in schema)
    return " ".join(found).replace("|", "\\|")


def _default(schema: Schema) -> str:
    """What an absent value counts as; empty where that is nothing."""
    default = schema.get("default")
    return "" if default is None else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _says(schema: Schema) -> str:
    return " ".join(schema.get("description", "").split())


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _words(values: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in values)


PAGES: dict[str, Callable[[], str]] = {
    "configuration.md": configuration_page,
    "rest.md": rest_page,
    "rules.md": rules_page,
}
"""File name → what stands in it."""


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
