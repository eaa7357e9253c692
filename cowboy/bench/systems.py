"""The systems that are measured: which processes each consists of, and how it learns of the games.

Every process is one of the operating system's; those of `ours` are the very commands that `cowboy up` runs.
"""

import sys
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cowboy.bench import bare, echo
from cowboy.bench.recording import TURN_TIMEOUT_SECONDS, Recording
from cowboy.local.environment import environment_of, redis_bind
from cowboy.local.servers import redis_service
from cowboy.local.service import Service, Stage
from cowboy.local.stack import cowboy_stage, server_stage
from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys

INSTANCES = ("i1", "i2")
"""Two worker processes for two cores, as `cowboy up` starts them; the bare pipeline has as many."""


class System(NamedTuple):
    """`assign` tells it of its games before `services` are started. `decides`: its commands are the recorded ones."""

    name: str
    assign: Callable[[Settings, Iterable[Recording]], None]
    services: Callable[[Settings], Stage]
    decides: bool


def servers(settings: Settings) -> Stage:
    """Redis and the embedded broker, for any of them; an Apache Kafka is there already."""
    if settings.broker_kind == "kafka":
        return (redis_service(redis_bind(settings), settings.home),)
    return server_stage(settings)


def stack(settings: Settings) -> Stage:
    """All that `cowboy up` runs, but for the servers."""
    return cowboy_stage(settings, instances=len(INSTANCES), flower=False, since=time.time())


def _echo(settings: Settings) -> Stage:
    return (_program("echo", settings, echo.__name__),)


def _bare(settings: Settings) -> Stage:
    options = ("--without-gossip", "--without-mingle", "--loglevel", "warning")
    workers = (
        _program(
            f"worker-{queue}", settings, "celery", "-A", bare.__name__, "worker", "-Q", queue, "-n", queue, *options
        )
        for queue in bare.QUEUES
    )
    return (_program("consumer", settings, bare.__name__), *workers)


def _ours(settings: Settings) -> Stage:
    """The whole stack but for arena and manager, whose parts the feeder plays."""
    return tuple(service for service in stack(settings) if service.name not in {"arena", "manager", "keeper"})


def _program(name: str, settings: Settings, *module_and_options: str) -> Service:
    """Counts as ready at once: the turns of the warm-up show whether it works."""
    return Service(
        name=name,
        command=(sys.executable, "-m", *module_and_options),
        ready=lambda: True,
        environment=environment_of(settings),
    )


def _look_for_topics(_settings: Settings, _recordings: Iterable[Recording]) -> None:
    """Nothing to do: a baseline reads whatever output topics there are."""


def _seat_bots(settings: Settings, recordings: Iterable[Recording]) -> None:
    """What the manager does at an assignment."""
    with connect(settings) as client:
        games = Games(client, Keys(settings.key_prefix), settings.history_ttl_seconds)
        for recording in recordings:
            game = AssignedGame(game_id=recording.game_id, turn_timeout_seconds=TURN_TIMEOUT_SECONDS)
            games.assign(game, recording.bindings)


SYSTEMS = (
    System("echo", _look_for_topics, _echo, decides=False),
    System("bare", _look_for_topics, _bare, decides=False),
    System("ours", _seat_bots, _ours, decides=True),
)
