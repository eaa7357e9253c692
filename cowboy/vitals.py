"""Vitals: the heartbeat by which a process says how it is, and looks at its clock."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from cowboy.errors import StateError
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.clock import RedisClock
from cowboy.state.keys import Keys
from cowboy.state.processes import Processes, ProcessSheet

log = structlog.get_logger(__name__)


class Vitals:
    """Of one process. `clock` is Redis's, as good as the last beat. `name` is one that no other process has."""

    def __init__(self, settings: Settings, redis: Redis, kind: str, name: str) -> None:
        self.clock = RedisClock(redis)
        self._processes = Processes(redis, Keys(settings.key_prefix), settings.dead_after_seconds)
        self._last = ProcessSheet(kind=kind, name=name, host=socket.gethostname(), pid=os.getpid())

    def beat(self) -> None:
        """Say how the process is. To be repeated with every heartbeat. Raises `StateError`."""
        sheet = self._last.model_copy(update={"skew_seconds": round(self.clock.look(), 3)})
        if sheet.is_skewed != self._last.is_skewed:
            tell = log.warning if sheet.is_skewed else log.info
            tell("clock_skewed" if sheet.is_skewed else "clock_in_step", ahead_of_redis_seconds=sheet.skew_seconds)
        self._last = sheet
        self._processes.beat(sheet)

    def leave(self) -> None:
        """The process ends. Safe when repeated, and when Redis is away."""
        with suppress(StateError):
            self._processes.leave(self._last.name)


@contextmanager
def beating(vitals: Vitals, every_seconds: float) -> Iterator[None]:
    """While the block lasts, beat in a thread: for a process whose other work is to answer requests."""
    stop = threading.Event()

    def beat() -> None:
        try:
            vitals.beat()
        except StateError as error:
            log.warning("heartbeat_failed", error=str(error))

    def run() -> None:
        while not stop.wait(every_seconds):
            beat()

    beat()  # from the first request on the clock is Redis's
    thread = threading.Thread(target=run, name="vitals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        vitals.leave()
