"""`cowboy bots`: the bots there are, and what an operator does with one."""

import click

from cowboy.cli.operators import add_show, add_verb, as_json_option, example, get, limit_option, post, tell, tell_list
from cowboy.state.bindings import BindingStatus

EPILOG = """\b
Examples:
  cowboy bots list --status FAILED
  cowboy bots show BOT
  cowboy bots move BOT --to i2

Asks the bot manager at BOT_MANAGER_BASE_URL, with COWBOY_MANAGER_TOKEN where it has one.
"""


@click.group(epilog=EPILOG)
def bots() -> None:
    """List, show, teach, pause, resume and move bots."""


@bots.command("list", epilog=example("bots list --game GAME", "bots list --instance i1 --status READY --json"))
@click.option("--game", metavar="GAME", help="Only bots of this game.")
@click.option("--instance", metavar="NAME", help="Only bots on this instance.")
@click.option("--status", type=click.Choice([status.value for status in BindingStatus], case_sensitive=False))
@limit_option
@as_json_option
def list_bots(game: str | None, instance: str | None, status: str | None, limit: int | None, as_json: bool) -> None:
    """List bots."""
    tell_list(get("bots", game_id=game, instance=instance, status=status, limit=limit), as_json, "bots")


add_show(bots, "BOT", "Show all that is known of a bot.")


@bots.command(epilog=example("bots teach BOT", "bots teach BOT --guide-version v1"))
@click.argument("bot")
@click.option("--guide-version", metavar="VERSION", help="Of the game guide.  [default: the bot's own]")
@as_json_option
def teach(bot: str, guide_version: str | None, as_json: bool) -> None:
    """Teach a bot the game anew. It plays on once it has acknowledged."""
    version = guide_version or get("bots", bot).get("game_guide_version")
    tell(post("bots", bot, "teach-game", game_guide_version=version), as_json)


add_verb(bots, "pause", "BOT", "Have a bot do nothing; its turns run out.")
add_verb(bots, "resume", "BOT", "Have a paused bot act again.")


@bots.command(epilog=example("bots move BOT", "bots move BOT --to i2"))
@click.argument("bot")
@click.option("--to", "instance", metavar="INSTANCE", help="Where to.  [default: wherever there is room]")
@as_json_option
def move(bot: str, instance: str | None, as_json: bool) -> None:
    """Move a bot to another instance, in the middle of a game if need be."""
    tell(post("bots", bot, "move", instance=instance), as_json)
