"""A thread of the arena: it runs until it is stopped, and begins anew after a failure of Redis or Kafka."""

import random
import threading
import time
from abc import ABC, abstractmethod

import structlog

from cowboy.errors import WorldError

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class Worker(ABC):
    """Subclasses do their work in `run`, where they ask `stopping` often and wait only by `rest`.

    Whatever `run` raises is logged; after a growing pause it is called again. So it has to take up its work from what
    is stored, never from what it remembers.
    """

    def __init__(self, name: str) -> None:
        self._bell = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._keep_running, name=name, daemon=True)

    @abstractmethod
    def run(self) -> None:
        """Work until `stopping`."""

    @property
    def stopping(self) -> bool:
        return self._stopping

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """End the present or the next `rest` now, because there may be work. Callable from any thread."""
        self._bell.set()

    def rest(self, seconds: float) -> None:
        """Wait until woken, at most so long."""
        self._bell.wait(seconds)
        self._bell.clear()

    def stop(self) -> None:
        """Ask the thread to end soon; `join` waits for it."""
        self._stopping = True
        self.wake()

    def join(self, timeout_seconds: float) -> None:
        self._thread.join(timeout_seconds)

    def _keep_running(self) -> None:
        failures = 0
        while not self._stopping:
            began = time.monotonic()
            try:
                self.run()
            except WorldError as error:
                log.warning("worker_failed", worker=self._thread.name, error=str(error))
            except Exception:  # the outermost loop of this thread
                log.exception("worker_crashed", worker=self._thread.name)
            failures = 1 if time.monotonic() - began > LONGEST_PAUSE_SECONDS else failures + 1
            self._pause(failures)

    def _pause(self, failures: int) -> None:
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**failures)
        until = time.monotonic() + longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self.rest(left)
