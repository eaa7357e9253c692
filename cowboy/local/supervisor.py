"""Starts services stage by stage, keeps them running, stops them in reverse order.

A small one of our own: the ready-made ones leave their children behind when they are killed. It runs in the caller's
thread and does its work while the caller is in `start`, `tend` or `watch`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cowboy.errors import OperatorError
from cowboy.local.child import PAUSES, Child, Pauses
from cowboy.local.lock import home_lock
from cowboy.local.ports import check_free
from cowboy.local.reaper import Reaper
from cowboy.local.service import Stage

POLL_SECONDS = 0.02
"""How often services that start are asked whether they are ready."""

WATCH_SECONDS = 0.1
"""How often it is looked whether one has crashed."""

START_LIMIT_SECONDS = 60.0
"""For one stage: generous, since a loaded machine is slow and a service that dies is noticed anyway."""


@contextmanager
def supervising(home: Path, pauses: Pauses = PAUSES) -> Iterator["Supervisor"]:
    """A supervisor that owns `home` until the block ends and has stopped everything by then. What crashes is started
    again after `pauses`.

    Raises `OperatorError` when another one owns it. A Ctrl-C while it stops means: at once.
    """
    with home_lock(home) as lock, Reaper(lock) as reaper:
        supervisor = Supervisor(home, reaper, pauses)
        try:
            yield supervisor
        finally:
            supervisor.stop()


class Supervisor:
    """Looks after the services started through it. Made by `supervising`."""

    def __init__(self, home: Path, reaper: Reaper, pauses: Pauses) -> None:
        self.logs = home / "logs"
        self._pauses = pauses
        self._reaper = reaper
        self._stages: list[list[Child]] = []
        self._ready: list[Child] = []
        self.logs.mkdir(exist_ok=True)

    def start(self, *stages: Stage) -> None:
        """Start the stages one after the other; returns when all is ready.

        Raises `PortTaken` before anything is started, `OperatorError` when a service dies or is not ready in time.
        What has been started by then runs on until `stop`.
        """
        check_free(service for stage in stages for service in stage)
        for stage in stages:
            self._start_stage(stage)

    def tend(self) -> None:
        """Look at every child once, and start again what has crashed and waited long enough."""
        self._reaper.tend()
        for child in self._ready:
            child.tend(time.monotonic())

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running until `until()` is true, by default until Ctrl-C."""
        while not until():
            self.tend()
            time.sleep(WATCH_SECONDS)

    def pid(self, name: str) -> int | None:
        """Process id of a service; None while it waits to be started again. Raises `KeyError` for an unknown name."""
        return {child.service.name: child.pid for stage in self._stages for child in stage}[name]

    def stop(self) -> None:
        """Stop everything, the last stage first: SIGTERM, the service's grace, SIGKILL. Can be repeated."""
        self._ready.clear()
        try:
            while self._stages:
                _stop_stage(self._stages[-1])
                self._stages.pop()
        except KeyboardInterrupt:
            for stage in self._stages:
                for child in stage:
                    child.kill()
            self._stages.clear()

    def _start_stage(self, stage: Stage) -> None:
        waiting = [Child(service, self.logs, self._reaper, self._pauses) for service in stage]
        self._stages.append(waiting)
        deadline = time.monotonic() + START_LIMIT_SECONDS
        for child in waiting:
            child.start(time.monotonic())
        while waiting := [child for child in waiting if not _is_up(child)]:
            if time.monotonic() > deadline:
                raise _start_error(waiting[0], f"was not ready after {START_LIMIT_SECONDS:g} s")
            self.tend()
            time.sleep(POLL_SECONDS)
        self._ready += self._stages[-1]


def _is_up(child: Child) -> bool:
    """Whether a starting child is ready. Raises `OperatorError` when it has died instead."""
    if child.exit_code is not None:
        raise _start_error(child, f"ended with code {child.exit_code} while starting")
    return child.service.ready()


def _start_error(child: Child, trouble: str) -> OperatorError:
    return OperatorError(f"{child.service.name} {trouble}; the end of its log, {child.log_path}:\n{child.log_tail()}")


def _stop_stage(children: list[Child]) -> None:
    asked_at = time.monotonic()
    for child in children:
        child.terminate()
    for child in children:
        child.finish(asked_at + child.service.stop_grace_seconds - time.monotonic())
