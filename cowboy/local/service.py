"""The description of a supervised process: its command, its addresses, and a check that it is ready.

A description only: `child.py` makes a process of it, `supervisor.py` looks after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cowboy.settings import Bind


@dataclass(frozen=True)
class Listener:
    """An address that a service listens on.

    `moved_by` is what to set when the port is taken, such as `COWBOY_ARENA_BIND=127.0.0.1:<other>`.
    """

    bind: Bind
    moved_by: str


@dataclass(frozen=True)
class Service:
    """One process to keep running.

    `ready` is asked again and again, so it answers quickly and never raises. `environment` is added to that of the
    supervisor. After SIGTERM the process has `stop_grace_seconds` to end by itself.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()
    stop_grace_seconds: float = 10.0


Stage = tuple[Service, ...]
"""Services that are started together; the next stage waits until all of them are ready."""
