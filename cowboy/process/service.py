"""Runs a service of ours as a process: settings, logs, signals, a unique name, and its loop."""

import os
import random
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Protocol

import structlog

from cowboy.errors import WorldError
from cowboy.process.health_file import health_file
from cowboy.process.logs import configure_logs
from cowboy.settings import settings

log = structlog.get_logger(__name__)

LONGEST_PAUSE_SECONDS = 5.0


class Runnable(Protocol):
    """Something that does its work until it is told to stop."""

    def run(self, stop: threading.Event) -> None: ...

    def close(self) -> None: ...


class SideBySide:
    """Services that share a process. One that fails ends all of them, so that the process ends with an error."""

    def __init__(self, *services: Runnable) -> None:
        self._services = services

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set. Raises what one of them raised."""

        def run_one(service: Runnable) -> None:
            try:
                service.run(stop)
            finally:
                stop.set()

        with ThreadPoolExecutor(len(self._services), "service") as pool:
            running = [pool.submit(run_one, service) for service in self._services]
        for one in running:
            one.result()

    def close(self) -> None:
        """Close each."""
        for service in self._services:
            service.close()


def run_until_stopped(kind: str, build: Callable[[str], Runnable]) -> None:
    """Build a service, which gets a name of its own, and run it until SIGTERM or SIGINT."""
    configure_logs(settings())
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    # Containers on one host may share its name and all have process number 1.
    service = build(f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}")
    log.info(f"{kind}_started", bootstrap_servers=settings().kafka_bootstrap_servers)
    try:
        service.run(stop)
    finally:
        service.close()
    log.info(f"{kind}_stopped")


def repeat(
    stop: threading.Event, step: Callable[[], None], *, kind: str, on_failure: Callable[[], None] | None = None
) -> None:
    """Call `step` again and again until `stop` is set. After a failure of Redis, Kafka or HTTP it tries again, after
        growing pauses.

    The loop is a part of the process's health.
    """
    failures = 0
    with health_file().begin() as part:
        while not stop.is_set():
            try:
                step()
                failures = 0
                part.worked()
            except WorldError as error:
                failures += 1
                log.warning(f"{kind}_waits", error=str(error), failures=failures)
                if on_failure is not None:
                    on_failure()
                stop.wait(random.uniform(0.5, 1) * min(LONGEST_PAUSE_SECONDS, 0.1 * 2**failures))  # noqa: S311
