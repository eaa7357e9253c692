"""`cowboy arena`: the embedded game backend as a process."""

import click

from cowboy.arena.server import serve
from cowboy.process.logs import configure_logs
from cowboy.settings import settings

EPILOG = """\b
Examples:
  cowboy arena
  COWBOY_ARENA_BIND=0.0.0.0:8000 cowboy arena

Needs Redis (COWBOY_REDIS_URL) and a Kafka-protocol broker (KAFKA_BOOTSTRAP_SERVERS); `cowboy up` starts them too.
Leaves with 0 after SIGTERM or Ctrl-C, and with 1 and the reason when it cannot start.
"""


@click.command(epilog=EPILOG)
def arena() -> None:
    """Serve games: the web page, the V2 API and its stream, and the game manager's internal side."""
    configure_logs(settings())
    serve(settings())
