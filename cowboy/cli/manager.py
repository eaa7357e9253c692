"""`cowboy manager`: the bot manager API as a process."""

import click

from manager_api.process import main

EPILOG = """\b
Example:
  BOT_MANAGER_BIND=127.0.0.1:8090 cowboy manager
"""


@click.command(epilog=EPILOG)
def manager() -> None:
    """Serve the bot manager API (V3), until Ctrl-C. Its documentation is at /openapi."""
    main()
