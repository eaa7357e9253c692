"""`cowboy keeper`: a keeper as a process."""

import click

EPILOG = """\b
Example:
  COWBOY_REDIS_URL=redis://127.0.0.1:6379/0 cowboy keeper
"""


@click.command(epilog=EPILOG)
def keeper() -> None:
    """Look after bots, instances and lessons, until Ctrl-C. Any number may run."""
    from cowboy.bots.keeper import Keeper  # noqa: PLC0415  # loads Celery, which no other command's help needs
    from cowboy.process import run_until_stopped  # noqa: PLC0415
    from cowboy.profiles import load_profiles  # noqa: PLC0415
    from cowboy.settings import settings  # noqa: PLC0415

    run_until_stopped("keeper", lambda name: Keeper(settings(), name, load_profiles(settings())))
