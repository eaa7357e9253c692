"""`cowboy talk`: the tables of games: who has the word, what was said, and who is to be silent."""

import click

from cowboy.cli.operators import as_json_option, example, get, post, tell

EPILOG = """\b
Examples:
  cowboy talk show GAME
  cowboy talk say GAME PLAYER "You are slow today."
  cowboy talk mute game GAME

Asks the bot manager at BOT_MANAGER_BASE_URL, with COWBOY_MANAGER_TOKEN where it has one. See docs/talk.md.
"""


@click.group(epilog=EPILOG)
def talk() -> None:
    """Show what is said at a game's table; say something, mute bots, silence a table."""


@talk.command(epilog=example("talk show GAME", "talk show GAME --as PLAYER"))
@click.argument("game")
@click.option("--as", "player", metavar="PLAYER", help="Also what only this seat has heard or said.")
@as_json_option
def show(game: str, player: str | None, as_json: bool) -> None:
    """Show who has the word, until when, and what was said."""
    tell(get("games", game, "talk", player_id=player), as_json)


@talk.command(
    epilog=example('talk say GAME PLAYER "You are slow today."', 'talk say GAME PLAYER "Help me." --to PLAYER')
)
@click.argument("game")
@click.argument("player")
@click.argument("text")
@click.option("--to", metavar="PLAYER", help="The seat that alone hears it.  [default: all]")
@as_json_option
def say(game: str, player: str, text: str, to: str | None, as_json: bool) -> None:
    """Say something for a person of a game."""
    tell(post("games", game, "talk", player_id=player, text=text, to=to), as_json)


@talk.command(epilog=example("talk mute bot BOT", "talk mute instance i1 --undo"))
@click.argument("what", type=click.Choice(["bot", "game", "instance"]))
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let it speak again.")
@as_json_option
def mute(what: str, name: str, undo: bool, as_json: bool) -> None:
    """Silence a bot, all bots of a game, or all of an instance."""
    tell(post("talk", "mute", what=what, name=name, muted=not undo), as_json)


@talk.command(epilog=example("talk reset GAME"))
@click.argument("game")
@as_json_option
def reset(game: str, as_json: bool) -> None:
    """Silence a table until somebody speaks."""
    tell(post("games", game, "talk", "reset"), as_json)
