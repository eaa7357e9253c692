"""A service of ours as a process: settings, logs, signals, and a name that no other has."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Protocol

import structlog

from cowboy.logs import configure_logs
from cowboy.settings import settings

log = structlog.get_logger(__name__)


class Runnable(Protocol):
    """Something that does its work until it is told to stop."""

    def run(self, stop: threading.Event) -> None: ...

    def close(self) -> None: ...


def run_until_stopped(kind: str, build: Callable[[str], Runnable]) -> None:
    """Build a service, which gets a name of its own, and run it until SIGTERM or SIGINT."""
    configure_logs(settings())
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    service = build(f"{socket.gethostname()}:{os.getpid()}")
    log.info(f"{kind}_started", bootstrap_servers=settings().kafka_bootstrap_servers)
    try:
        service.run(stop)
    finally:
        service.close()
    log.info(f"{kind}_stopped")
