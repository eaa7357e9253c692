"""`cowboy up`: the whole system on this machine, until Ctrl-C."""

import webbrowser

import click

from cowboy.cli.thinking import THINKING, thinking
from cowboy.local.environment import base_url, local_settings
from cowboy.local.model import LOCAL
from cowboy.local.signals import stop_signals_interrupt
from cowboy.local.stack import running_stack
from cowboy.settings import Settings, settings

EPILOG = """\b
Examples:
  cowboy up
  cowboy up --instances 4 --open
  cowboy up --brain local
  COWBOY_ARENA_BIND=127.0.0.1:8765 cowboy up

Leaves with 0 after Ctrl-C, and with 1 and the reason when something could not be started.
"""


@click.command(epilog=EPILOG)
@click.option("--instances", type=click.IntRange(min=1), default=2, show_default=True, help="How many bot instances.")
@click.option(
    "--brain", type=THINKING, help="What bots think with. local: the llm brain and a small model on this machine."
)
@click.option("--flower", is_flag=True, help="Start Flower too, which shows the workers' tasks. Slows them down.")
@click.option("--open", "open_page", is_flag=True, help="Open the game's page in the browser.")
def up(instances: int, brain: str | None, flower: bool, open_page: bool) -> None:
    """Start everything on this machine: Redis, broker, arena, bot manager, bridge and bot instances.

    Needs neither Docker nor root nor a key. Everything that is written stays in the folder COWBOY_HOME.
    """
    try:
        with stop_signals_interrupt():
            _run(thinking(local_settings(settings()), brain), instances, brain, flower, open_page)
    except KeyboardInterrupt:
        click.echo("Stopped.")


def _run(settings: Settings, instances: int, brain: str | None, flower: bool, open_page: bool) -> None:
    click.echo("Starting …")
    with running_stack(settings, instances=instances, flower=flower, model=brain == LOCAL) as stack:
        click.echo(_where_to_look(settings, brain, flower))
        if open_page:
            webbrowser.open(base_url(settings.arena_bind))
        try:
            stack.watch()
        except KeyboardInterrupt:
            click.echo("\nStopping … (Ctrl-C again: at once)")
            raise


def _where_to_look(settings: Settings, brain: str | None, flower: bool) -> str:
    manager = base_url(settings.bot_manager_bind)
    lines = [
        f"  game         {base_url(settings.arena_bind)}",
        f"  manager API  {manager}  (docs: {manager}/openapi)",
        *([f"  model        {base_url(settings.model_bind)}"] if brain == LOCAL else []),
        *([f"  Flower       {base_url(settings.flower_bind)}"] if flower else []),
        f"  logs         {settings.home / 'logs'}",
    ]
    return "\n".join([*lines, "Ctrl-C stops everything."])
