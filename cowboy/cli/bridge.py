"""`cowboy bridge`: a turn bridge as a process."""

import click

from consumers.process import main

EPILOG = """\b
Example:
  KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 cowboy bridge
"""


@click.command(epilog=EPILOG)
def bridge() -> None:
    """Read the output topics of live games and have bots decide, until Ctrl-C."""
    main()
