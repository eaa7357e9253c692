"""Calls with a time limit, of which only so many run at once.

For calls that have no time limit of their own, such as looking up a host's name. A call that is given up runs on in its
thread. It keeps its place until it ends, so that such calls cannot pile up.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

from cowboy.errors import ProviderTimeout

Answer = TypeVar("Answer")


class Calls:
    """At most `most` calls at once. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._places = threading.BoundedSemaphore(most)

    def run(self, call: Callable[[], Answer], seconds: float) -> Answer:
        """What the call returns or raises, or `ProviderTimeout` if that takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        if not self._places.acquire(timeout=max(0.0, seconds)):
            raise ProviderTimeout(f"all {self._most} calls are under way")
        future: Future[Answer] = Future()
        # A daemon: a call that hangs in the name service must not keep a worker from ending.
        threading.Thread(target=copy_context().run, args=(self._carry_out, call, future), daemon=True).start()
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            raise ProviderTimeout(f"no answer within {seconds:.1f} s") from None

    def _carry_out(self, call: Callable[[], Answer], future: "Future[Answer]") -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  # it is raised in the thread that waits
            future.set_exception(error)
        finally:
            self._places.release()
