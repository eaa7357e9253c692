"""The system under test: what `cowboy up` starts, with more processes of each kind, in a home of its own."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import psutil
import yaml

from cowboy.brains.llm import LLM
from cowboy.chaos.faults import WORKER
from cowboy.chaos.worker import __name__ as trapped_worker
from cowboy.local.child import Pauses
from cowboy.local.environment import local_settings
from cowboy.local.service import Service, Stage
from cowboy.local.stack import cowboy_stage
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Settings

INSTANCES = 4
BRIDGES = 2
KEEPERS = 2
PAUSES = Pauses(first=0.25, longest=1.0)
"""A service that is killed every second must not wait half a minute to be started again."""

HEARTBEAT_SECONDS = 1.0
TOPIC_GRACE_SECONDS = 120.0
"""Each finished game is read once more from its first message; then nobody needs its topics."""
HISTORY_TTL_SECONDS = 300
"""Short, so that a long run shows whether what Redis holds stays the same."""


class System(NamedTuple):
    """A running one. `processes` are its services by role: bridge, worker… `servers` are Redis and the brokers."""

    settings: Settings
    supervisor: Supervisor
    processes: Mapping[str, Sequence[str]]
    servers: Mapping[str, Service]
    traps: Path


def chaos_settings(  # noqa: PLR0913
    settings: Settings,
    *,
    home: Path,
    turn_timeout_seconds: int,
    brain: str,
    model: str,
    broker_kind: Literal["kafka", "tansu"],
) -> Settings:
    """Settings for a system of the moment whose turns are so short. `model` is the base URL that `llm` brains ask.

    What is given a fixed time elsewhere is given a share of the turn here: a death must be noticed, and a lease be
    over, while there is time to play.
    """
    changes: dict[str, object] = {
        "home": home,
        "brain": brain,
        "heartbeat_seconds": HEARTBEAT_SECONDS,
        "topic_grace_seconds": TOPIC_GRACE_SECONDS,
        "history_ttl_seconds": HISTORY_TTL_SECONDS,
        "claim_lease_seconds": turn_timeout_seconds / 3,
        "max_turn_seconds": turn_timeout_seconds,
        "talk_turn_seconds": turn_timeout_seconds,
    }
    if brain == LLM:
        home.mkdir(parents=True, exist_ok=True)
        file = home / "llm.yaml"
        profile = {"base_url": model, "model": "openai:chaos", "output_mode": "command_text", "api_key": "none"}
        file.write_text(yaml.safe_dump({"default": profile}))
        changes |= {"llm_config_path": file, "llm_allowed_hosts": "127.0.0.1"}
    return local_settings(settings.model_copy(update=changes), free_ports=True, broker_kind=broker_kind)


@contextmanager
def running_system(settings: Settings, servers: Stage) -> Iterator[System]:
    """The whole of it, ready, until the block ends, on these servers, which are the ones of `settings`. Raises
    `OperatorError` when something cannot be started."""
    traps = settings.home / "traps"
    ours = cowboy_stage(
        settings, instances=INSTANCES, bridges=BRIDGES, keepers=KEEPERS, flower=False, since=time.time()
    )
    with supervising(settings.home, PAUSES) as supervisor:
        supervisor.start(servers, tuple(_trapped(service, traps) for service in ours))
        named = {service.name: service for service in servers}
        yield System(settings, supervisor, by_role((*servers, *ours)), named, traps)


def by_role(services: Stage) -> dict[str, list[str]]:
    """The names of services by what they are: worker-i1 is a worker."""
    roles: dict[str, list[str]] = {}
    for service in services:
        roles.setdefault(service.name.partition("-")[0], []).append(service.name)
    return roles


def _trapped(service: Service, traps: Path) -> Service:
    """A worker that can be made to fall at a point of a turn; anything else as it is."""
    role, _, instance = service.name.partition("-")
    if role != WORKER:
        return service
    python, _, _celery, *arguments = service.command
    return replace(service, command=(python, "-m", trapped_worker, str(traps), instance, *arguments))


def processes_of(home: Path) -> list[str]:
    """Processes that belong to a system in that home, by what they were started with."""
    return [" ".join(process.cmdline()) for process in psutil.process_iter() if _belongs(process, str(home))]


def _belongs(process: psutil.Process, home: str) -> bool:
    try:
        return process.environ().get("COWBOY_HOME") == home or any(home in word for word in process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
