"""Runs a service of ours as a process: settings, logs, signals, a unique name, and its loop."""

import os
import random
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

import structlog

from cowboy.errors import WorldError
from cowboy.process.health_file import health_file
from cowboy.process.logs import configure_logs
from cowboy.settings import settings

log = structlog.get_logger(__name__)

LONGEST_PAUSE_SECONDS = 5.0
WELL_SECONDS = 1.0
"""A loop that has worked for so long is well: the pause after its next failure is a short one."""


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
    stop: threading.Event,
    step: Callable[[], None],
    *,
    kind: str,
    rest_seconds: float = 0.0,
    recover: Callable[[], None] | None = None,
) -> None:
    """Call `step` again and again, with a rest after each call, until `stop` is set.

    A failure of Redis, Kafka or HTTP is logged, and so is a defect, with its traceback. After a pause, which grows with
    each further failure, `recover` is called, and then `step` again. A defect does not end the process, because its
    other loops have work to do. The loop is a part of the process's health: the health file grows old while it fails.
    """
    failures, well_since, is_broken = 0, time.monotonic(), False
    with health_file().begin() as part:
        while not stop.is_set():
            try:
                if is_broken and recover is not None:
                    recover()
                is_broken = False
                step()
            except WorldError as error:
                failures += 1
                log.warning(f"{kind}_waits", error=str(error), failures=failures)
            except Exception:
                failures += 1
                log.exception(f"{kind}_failed", failures=failures)
            else:
                part.worked()
                failures = failures if time.monotonic() - well_since < WELL_SECONDS else 0
                stop.wait(rest_seconds)
                continue
            is_broken = True
            stop.wait(random.uniform(0.5, 1) * min(LONGEST_PAUSE_SECONDS, 0.1 * 2**failures))  # noqa: S311
            well_since = time.monotonic()


@contextmanager
def repeating(step: Callable[[], None], *, kind: str, rest_seconds: float) -> Iterator[None]:
    """While the block lasts, `repeat` in a thread."""
    stop = threading.Event()
    options = {"kind": kind, "rest_seconds": rest_seconds}
    thread = threading.Thread(target=repeat, args=(stop, step), kwargs=options, name=kind, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
