"""A thread of the arena: it repeats its step until it is stopped, and can be woken from its rest."""

import threading
from abc import ABC, abstractmethod
from typing import Generic

from cowboy.bus.decode import M
from cowboy.bus.reader import TopicReader
from cowboy.liveness.vitals import watch_reader
from cowboy.process.service import repeat


class Worker(ABC):
    """Subclasses do their work in `step`, and wait only by `rest`.

    What fails is repeated, as `cowboy.process.service.repeat` says. So a step has to take up its work from what is
    stored, never from what it remembers.
    """

    def __init__(self, name: str) -> None:
        self._bell = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def step(self) -> None:
        """Do what there is to do now, then rest."""

    def release(self) -> None:  # noqa: B027  # most open nothing
        """Close what steps have opened: one has failed, or it was the last."""

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
        self._stop.set()
        self.wake()

    def join(self, timeout_seconds: float) -> None:
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        repeat(self._stop, self.step, kind=self._thread.name, recover=self.release)
        self.release()


class ReadingWorker(Worker, Generic[M]):
    """A worker that also waits for messages, in its reader's polls. It can be woken while the reader rests."""

    def __init__(self, name: str, reader: TopicReader[M]) -> None:
        super().__init__(name)
        self.reader: TopicReader[M] = reader
        watch_reader(reader.hearing)

    def wake(self) -> None:
        super().wake()
        self.reader.wake()

    def release(self) -> None:
        self.reader.close()
