"""What runs until it is stopped, in threads of the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Worked(Protocol):
    """A service as a process runs it."""

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set."""

    def close(self) -> None:
        """Let go of all that is held."""


@contextmanager
def working(*services: Worked) -> Iterator[None]:
    """With all of them at work, until the block ends. Fails if one has ended by itself, or does not end when told."""
    stop = threading.Event()
    threads = [threading.Thread(target=service.run, args=(stop,)) for service in services]
    for thread in threads:
        thread.start()
    try:
        yield
        assert all(thread.is_alive() for thread in threads), "it has ended by itself"
    finally:
        stop.set()
        for thread, service in zip(threads, services, strict=True):
            thread.join(timeout=30)
            service.close()
        assert not any(thread.is_alive() for thread in threads), "it does not end"
