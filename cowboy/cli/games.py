"""`cowboy games`: games with bots, and what an operator does with all bots of one."""

from collections.abc import Iterable

import click

from cowboy.cli.operators import (
    Answer,
    add_show,
    add_verb,
    as_json_option,
    example,
    get,
    limit_option,
    post,
    rows_of,
    tell,
    tell_list,
)

EPILOG = """\b
Examples:
  cowboy games list
  cowboy games show GAME
  cowboy games stop GAME --reason "server maintenance"

Asks the bot manager at BOT_MANAGER_BASE_URL, with COWBOY_MANAGER_TOKEN where it has one.
"""


@click.group(epilog=EPILOG)
def games() -> None:
    """List and show games with bots; assign, teach, pause, resume and stop their bots."""


@games.command("list", epilog=example("games list", "games list --json"))
@limit_option
@as_json_option
def list_games(limit: int | None, as_json: bool) -> None:
    """List games: which turn is on, and which seats are people's and bots'."""
    answer = get("games", limit=limit)
    tell_list(answer, as_json, "games", map(_row, rows_of(answer, "games")))


add_show(games, "GAME", "Show a game: its turn, its people, its bots.")
add_verb(games, "pause", "GAME", "Have all its bots do nothing; their turns run out.")
add_verb(games, "resume", "GAME", "Have its bots act again.")


@games.command(epilog=example("games teach GAME", "games teach GAME --guide-version v1"))
@click.argument("game")
@click.option("--guide-version", metavar="VERSION", help="Of the game guide.  [default: each bot's own]")
@as_json_option
def teach(game: str, guide_version: str | None, as_json: bool) -> None:
    """Teach all bots of a game anew. Each plays on once it has acknowledged."""
    tell(post("games", game, "teach", game_guide_version=guide_version), as_json)


@games.command(epilog=example("games usage GAME", "games usage GAME --json"))
@click.argument("game")
@as_json_option
def usage(game: str, as_json: bool) -> None:
    """Show what the bots of a game have spent on models, and what each LLM profile has today."""
    answer = get("games", game, "usage")
    if not as_json:
        answer["by_bot"] = answer.pop("bots", None)  # no list of bots, though it is called so
    tell(answer, as_json)


@games.command(epilog=example("games stop GAME", 'games stop GAME --reason "server maintenance"'))
@click.argument("game")
@click.option("--reason", metavar="TEXT", help="Why, for the log.")
@as_json_option
def stop(game: str, reason: str | None, as_json: bool) -> None:
    """Take all bots off a game, for good. The game goes on without them."""
    tell(post("games", game, "bots", "stop", reason=reason), as_json)


@games.command(epilog=example("games assign GAME"))
@click.argument("game")
@as_json_option
def assign(game: str, as_json: bool) -> None:
    """Give a game the default assignment: seat A to a person, every other seat to a bot."""
    tell(post("games", game, "assignments", "default"), as_json)


def _row(game: Answer) -> Answer:
    turn = game.get("turn") or {}
    return {
        "game_id": game.get("game_id"),
        "state": game.get("game_state"),
        "turn": turn.get("turn_no"),
        "deadline": turn.get("deadline"),
        "people": _seats(game.get("humans")),
        "bots": _seats(game.get("bots")),
        "stopped": _seats(game.get("stopped")),
    }


def _seats(players: Iterable[Answer] | None) -> list[str]:
    return [str(player.get("player_name")) for player in players or ()]
