"""The whole system on one machine: which services, in which order, with which settings."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from cowboy.local.environment import broker_bind, environment_of, redis_bind
from cowboy.local.kafka import kafka_services, new_node
from cowboy.local.model import model_service
from cowboy.local.probes import bridge_beats, http_answers, instance_beats, keeper_beats
from cowboy.local.servers import broker_service, redis_service
from cowboy.local.service import Listener, Service, Stage
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Bind, Settings, environment_name
from cowboy.state.instances import queue_of
from cowboy.state.keys import Keys

WORKER_GRACE_SECONDS = 20.0
"""A worker finishes the turns it has in hand before it leaves."""


@contextmanager
def running_stack(  # noqa: PLR0913
    settings: Settings,
    *,
    instances: int = 2,
    bridges: int = 1,
    keepers: int = 1,
    flower: bool = False,
    model: bool = False,
) -> Iterator[Supervisor]:
    """Everything, ready, until the block ends. `settings` are those of `local_settings`;
    with a `model`, those that `asking_model` makes of them.

    What crashes meanwhile is started again while the caller is in the supervisor's `watch` or `tend`. Raises
    `OperatorError` when something cannot be started.
    """
    with supervising(settings.home) as supervisor:
        system = stages(
            settings,
            instances=instances,
            bridges=bridges,
            keepers=keepers,
            flower=flower,
            model=model,
            since=time.time(),
        )
        supervisor.start(*system)
        yield supervisor


def stages(  # noqa: PLR0913
    settings: Settings,
    *,
    instances: int,
    flower: bool,
    since: float,
    model: bool = False,
    bridges: int = 1,
    keepers: int = 1,
) -> tuple[Stage, Stage]:
    """The servers, then everything that needs them. Heartbeats from before `since` (seconds since 1970) are old news.

    Raises `ServerMissing`, and `BadSetting` for servers that are not of this machine.
    """
    ours = cowboy_stage(settings, instances=instances, flower=flower, since=since, bridges=bridges, keepers=keepers)
    return (*server_stage(settings), *([model_service(settings)] if model else [])), ours


def server_stage(settings: Settings) -> Stage:
    """Redis, and a broker of the kind set. Raises `ServerMissing`, and `BadSetting` for one that is elsewhere."""
    redis, broker = redis_service(redis_bind(settings), settings.home), broker_bind(settings)
    if settings.broker_kind == "kafka":
        return (redis, *kafka_services([new_node(broker)], settings.home))
    return (redis, broker_service(broker, settings.home))


def cowboy_stage(  # noqa: PLR0913
    settings: Settings, *, instances: int, flower: bool, since: float, bridges: int = 1, keepers: int = 1
) -> Stage:
    """All that is ours, wherever the servers are."""
    environment = {
        **environment_of(settings.model_copy(update={"task_events": settings.task_events or flower})),
        "PYTHONUNBUFFERED": "1",  # or the last lines before a crash never reach the log
    }
    workers = (_worker(settings, f"i{number}", environment, since) for number in range(1, instances + 1))
    return (
        _arena(settings, environment),
        _manager(settings, environment),
        *(_bridge(settings, name, environment, since, bridges) for name in _numbered("bridge", bridges)),
        *(_keeper(settings, name, environment, since, keepers) for name in _numbered("keeper", keepers)),
        *workers,
        *([_flower(settings, environment)] if flower else []),
    )


def _numbered(kind: str, count: int) -> tuple[str, ...]:
    """Names of so many services of a kind; one alone has no number."""
    return (kind,) if count == 1 else tuple(f"{kind}-{number}" for number in range(1, count + 1))


def _arena(settings: Settings, environment: Mapping[str, str]) -> Service:
    return Service(
        name="arena",
        command=_python("cowboy", "arena"),
        ready=partial(http_answers, settings.game_manager_bind, "/health"),
        environment=environment,
        listeners=(_listener(settings, "arena_bind"), _listener(settings, "game_manager_bind")),
    )


def _manager(settings: Settings, environment: Mapping[str, str]) -> Service:
    return Service(
        name="manager",
        command=_python("cowboy", "manager"),
        ready=partial(http_answers, settings.bot_manager_bind, "/health"),
        environment=environment,
        listeners=(_listener(settings, "bot_manager_bind"),),
    )


def _bridge(settings: Settings, name: str, environment: Mapping[str, str], since: float, count: int) -> Service:
    return Service(
        name=name,
        command=_python("cowboy", "bridge"),
        ready=partial(bridge_beats, settings.redis_url, Keys(settings.key_prefix), since, count),
        environment=environment,
    )


def _keeper(settings: Settings, name: str, environment: Mapping[str, str], since: float, count: int) -> Service:
    return Service(
        name=name,
        command=_python("cowboy", "keeper"),
        ready=partial(keeper_beats, settings.redis_url, Keys(settings.key_prefix), since, count),
        environment=environment,
    )


def _worker(settings: Settings, instance: str, environment: Mapping[str, str], since: float) -> Service:
    options = ("-Q", queue_of(instance), "-n", f"{instance}@%h", "--without-gossip", "--without-mingle")
    return Service(
        name=f"worker-{instance}",
        command=_python("celery", "-A", "cowboy", "worker", *options, "--loglevel", "warning"),
        ready=partial(instance_beats, settings.redis_url, Keys(settings.key_prefix), instance, since),
        environment=environment,
        stop_grace_seconds=WORKER_GRACE_SECONDS,
    )


def _flower(settings: Settings, environment: Mapping[str, str]) -> Service:
    bind = settings.flower_bind
    options = (f"--address={bind.host}", f"--port={bind.port}")
    return Service(
        name="flower",
        command=_python("celery", "-A", "cowboy", "flower", *options),
        ready=partial(http_answers, bind, "/healthcheck"),
        # Its API can revoke tasks and stop workers: nobody without a login gets that, whatever the shell has set.
        environment={**environment, "FLOWER_UNAUTHENTICATED_API": "false"},
        listeners=(_listener(settings, "flower_bind"),),
    )


def _python(*arguments: str) -> tuple[str, ...]:
    """A module run by this very interpreter, hence in this virtual environment."""
    return (sys.executable, "-m", *arguments)


def _listener(settings: Settings, field: str) -> Listener:
    bind: Bind = getattr(settings, field)
    return Listener(bind, f"{environment_name(field)}={bind.rpartition(':')[0]}:<other>")
