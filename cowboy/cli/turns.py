"""`cowboy turns`: how the bots of a game decided, turn by turn."""

import shlex

import click

from cowboy.cli.operators import as_json_option, example, get, rows_of, tell, tell_list
from cowboy.errors import NotFound

EPILOG = """\b
Examples:
  cowboy turns show GAME
  cowboy turns show GAME 12

Asks the bot manager at BOT_MANAGER_BASE_URL, with COWBOY_MANAGER_TOKEN where it has one.
"""


@click.group(epilog=EPILOG)
def turns() -> None:
    """Show the records of turns that bots played."""


@turns.command(epilog=example("turns show GAME", "turns show GAME 12 --json"))
@click.argument("game")
@click.argument("turn", type=click.IntRange(1), required=False)
@as_json_option
def show(game: str, turn: int | None, as_json: bool) -> None:
    """Show the turns of GAME that bots played, oldest first, or all that is known of one TURN.

    Records are kept for a day after the game; a game that is not known has none.
    """
    answer = get("games", game, "turns")
    if turn is None:
        tell_list(answer, as_json, "turns")
        return
    record = next((record for record in rows_of(answer, "turns") if record.get("turn_no") == turn), None)
    if record is None:
        raise NotFound(
            f"no bot has played turn {turn} of game {game}; those it has: cowboy turns show {shlex.quote(game)}"
        )
    tell(record, as_json)
