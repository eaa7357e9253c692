"""`cowboy keeper`: a keeper as a process."""

import click

from cowboy.bots.keeper import Keeper
from cowboy.process import run_until_stopped
from cowboy.profiles import load_profiles
from cowboy.settings import settings

EPILOG = """\b
Example:
  COWBOY_REDIS_URL=redis://127.0.0.1:6379/0 cowboy keeper
"""


@click.command(epilog=EPILOG)
def keeper() -> None:
    """Look after bots, instances and lessons, until Ctrl-C. Any number may run."""
    run_until_stopped("keeper", lambda name: Keeper(settings(), name, load_profiles(settings())))
