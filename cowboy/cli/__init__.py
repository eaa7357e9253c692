"""The `cowboy` command. Each subcommand is a module; it is imported when it is called.

Exit codes: 0 done · 1 something failed, and the message says what and how to mend it · 2 wrong usage.
"""

from importlib import import_module
from typing import Any

import click

from cowboy import __version__
from cowboy.errors import CowboyError
from cowboy.process.logs import tell_refusal

COMMANDS = {
    "arena": "cowboy.cli.arena:arena",
    "bench": "cowboy.cli.bench:bench",
    "brain": "cowboy.cli.brain:brain",
    "bots": "cowboy.cli.bots:bots",
    "bridge": "cowboy.cli.bridge:bridge",
    "chaos": "cowboy.cli.chaos:chaos",
    "characters": "cowboy.cli.characters:characters",
    "doctor": "cowboy.cli.doctor:doctor",
    "games": "cowboy.cli.games:games",
    "instances": "cowboy.cli.instances:instances",
    "keeper": "cowboy.cli.keeper:keeper",
    "manager": "cowboy.cli.manager:manager",
    "match": "cowboy.cli.match:match",
    "strength": "cowboy.cli.strength:strength",
    "talk": "cowboy.cli.talk:talk",
    "turns": "cowboy.cli.turns:turns",
    "up": "cowboy.cli.up:up",
}
"""Subcommand → module and object. Imported late: `cowboy match` has no use for what `cowboy arena` loads."""

SERVICES = frozenset({"arena", "bridge", "keeper", "manager"})
"""What they print is a log."""


class Commands(click.Group):
    """A group whose subcommands are imported when they are needed, and whose errors are one clear line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CowboyError as error:
            if ctx.invoked_subcommand in SERVICES:
                tell_refusal(error)
                ctx.exit(1)
            raise click.ClickException(str(error)) from error


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cowboy")
def main() -> None:
    """AI players for the seats of a live, turn-based game.

    \b
    Begin with:
      cowboy up        the whole system on this machine; play at http://127.0.0.1:8000
      cowboy match     four bots against each other, here and now
      cowboy doctor    what is wrong, and how to mend it
    """
