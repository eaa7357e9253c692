"""`cowboy instances`: the workers that host bots."""

import click

from cowboy.cli.operators import add_show, add_verb, as_json_option, example, get, tell_list

EPILOG = """\b
Examples:
  cowboy instances list
  cowboy instances drain i1     before stopping its worker
  cowboy instances resume i1

Asks the bot manager at BOT_MANAGER_BASE_URL, with COWBOY_MANAGER_TOKEN where it has one.
"""


@click.group(epilog=EPILOG)
def instances() -> None:
    """List, show, pause, resume and drain bot instances."""


@instances.command("list", epilog=example("instances list", "instances list --json"))
@as_json_option
def list_instances(as_json: bool) -> None:
    """List instances: how many bots each hosts, and how many turns wait there."""
    tell_list(get("instances"), as_json, "instances")


add_show(instances, "NAME", "Show an instance.")
add_verb(instances, "pause", "NAME", "Have all its bots do nothing, and give it no others.")
add_verb(instances, "resume", "NAME", "Undo a pause or a draining.")
add_verb(instances, "drain", "NAME", "Move its bots to other instances, and give it no others.")
