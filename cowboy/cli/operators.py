"""What the operators' commands (bots, characters, games, …) share: asking the bot manager, and telling its answer.

A table is for people: what the answer says is shown as plain text, never as markup or as codes for the terminal.
"""

import json
import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeGuard

import click
from rich.table import Table
from rich.text import Text

from cowboy.cli.console import output
from cowboy.clients.bot_manager import BotManager
from cowboy.errors import BotManagerError
from cowboy.settings import settings

Answer = dict[str, Any]
"""A JSON object."""

BOT_COLUMNS = ("bot_id", "game_id", "player_name", "instance", "brain", "status", "pauses", "attempts", "reason")
INSTANCE_COLUMNS = ("name", "bots", "capacity", "waiting", "live", "closure", "pool", "concurrency", "pid")
CHARACTER_COLUMNS = (
    *("name", "horse_name", "status", "games_played", "wins", "kills", "deaths", "generation", "inherited_from"),
    *("game_id", "last_active"),
)
TURN_COLUMNS = (
    *("turn_no", "player_name", "instance", "brain", "outcome", "command_type", "direction"),
    *("decision_ms", "event_to_command_ms", "figures"),
)
LIST_COLUMNS = {
    "bots": BOT_COLUMNS,
    "stopped": BOT_COLUMNS,
    "instances": INSTANCE_COLUMNS,
    "characters": CHARACTER_COLUMNS,
    "turns": TURN_COLUMNS,
}
"""What is shown of the items of a list; of other lists everything is."""

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the API's answer (JSON), nothing else.")
limit_option = click.option("--limit", type=click.IntRange(1), help="At most so many.  [default: the API's]")


def get(*path: str, **query: str | int | None) -> Answer:
    """What the bot manager has at a path. Raises `BotManagerError`, with a remedy."""
    return _ask(path, lambda manager: manager.get(*path, **query))


def post(*path: str, **body: object) -> Answer:
    """Have the bot manager do something. What is None is left to it. Raises `BotManagerError`, with a remedy."""
    said = {name: value for name, value in body.items() if value is not None}
    return _ask(path, lambda manager: manager.post(*path, body=said))


def rows_of(answer: Answer, name: str) -> list[Answer]:
    """The list that an answer is about."""
    rows = answer.get(name)
    return rows if _is_rows(rows) else no_bot_manager()


def tell(answer: Answer, as_json: bool) -> None:
    """An answer about one thing: its fields, then a table for each list of things in it."""
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    fields = Table.grid(padding=(0, 2))
    for name, value in answer.items():
        if not value or not _is_rows(value):
            fields.add_row(_text(name), _text(value))
    _print(fields)
    for name, value in answer.items():
        if value and _is_rows(value):
            _print(_table(name, value))


def tell_list(answer: Answer, as_json: bool, name: str, rows: Iterable[Answer] | None = None) -> None:
    """An answer that is a list: a row for each of `rows`, which are by default the list as it came."""
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    listed = rows_of(answer, name)
    if not listed:
        click.echo(f"no {name}")
        return
    table = _table(name, listed if rows is None else list(rows))
    total = answer.get("total", len(listed))
    if total != len(listed):
        table.caption = _text(f"{len(listed)} of {total}; --limit shows more")
    _print(table)


def add_show(group: click.Group, thing: str, says: str) -> None:
    """`cowboy <group> show <thing>`."""
    noun = str(group.name)

    @group.command("show", help=says, epilog=example(f"{noun} show {thing}"))
    @click.argument("name", metavar=thing)
    @as_json_option
    def _show(name: str, as_json: bool) -> None:
        tell(get(noun, name), as_json)


def add_verb(group: click.Group, verb: str, thing: str, says: str) -> None:
    """`cowboy <group> <verb> <thing>`, where there is nothing more to say."""
    noun = str(group.name)

    @group.command(verb, help=says, epilog=example(f"{noun} {verb} {thing}"))
    @click.argument("name", metavar=thing)
    @as_json_option
    def _do(name: str, as_json: bool) -> None:
        tell(post(noun, name, verb), as_json)


def example(*commands: str) -> str:
    """The end of a command's help."""
    lines = "".join(f"\n  cowboy {command}" for command in commands)
    return f"\b\nExample{'s' if len(commands) > 1 else ''}:{lines}"


def _ask(path: Sequence[str], call: Callable[[BotManager], bytes]) -> Answer:
    manager = BotManager(settings())
    try:
        answer = json.loads(call(manager))
    except BotManagerError as error:
        raise BotManagerError(plain(f"{error}; {_remedy(error, path)}"), error.answered) from error
    except (ValueError, RecursionError):  # the last: nested deeper than the parser goes
        no_bot_manager()
    finally:
        manager.close()
    return answer if isinstance(answer, dict) else no_bot_manager()


def _remedy(error: BotManagerError, path: Sequence[str]) -> str:
    match error.answered:
        case None:
            return f"set BOT_MANAGER_BASE_URL ({settings().bot_manager_base_url}), or start it: cowboy manager"
        case 401:
            return "set COWBOY_MANAGER_TOKEN as the bot manager has it"
        case 404:
            return f"what there is: cowboy {path[0]} list"
        case 409 if len(path) > 1:
            return f"how it stands: cowboy {path[0]} show {shlex.quote(path[1])}"
        case _:
            return f"asked at {settings().bot_manager_base_url}"


def no_bot_manager() -> NoReturn:
    """Say that something else answers there."""
    url = settings().bot_manager_base_url
    raise BotManagerError(f"what answers at {url} is not the bot manager; set BOT_MANAGER_BASE_URL")


def _is_rows(value: object) -> TypeGuard[list[Answer]]:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _table(name: str, rows: Sequence[Answer]) -> Table:
    columns = LIST_COLUMNS.get(name) or tuple(dict.fromkeys(key for row in rows for key in row))
    table = Table(title=_text(name), title_justify="left", caption_justify="left")
    for column in columns:
        table.add_column(_text(column.replace("_", " ")), overflow="fold")
    for row in rows:
        table.add_row(*(_text(row.get(column)) for column in columns))
    return table


def _text(value: object) -> Text:
    return Text(plain(_words(value)), overflow="fold")


def _words(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_words, value))
        case dict():
            return ", ".join(f"{key} {_words(item)}" for key, item in value.items())
        case _:
            return str(value)


def plain(text: str) -> str:
    """On one line, and without codes that a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)


def _print(table: Table) -> None:
    output().print(table)
