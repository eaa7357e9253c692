"""A limit on how often a library says the same thing: an outage must not fill the disk with it."""

import logging
import threading
import time
from collections.abc import Callable

PAUSE_SECONDS = 60.0


class LogLimit(logging.Filter):
    """Lets through the first line of a kind at once, then one in `PAUSE_SECONDS`, which says how many were left out.

    What one place in the code logs is one kind, whatever node, address or error it names. Lines of loggers other than
    `library` and those below it are not limited. For a handler: a logger's filters do not see what those below it log.
    """

    def __init__(self, library: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(library)
        self._clock = clock
        self._gate = threading.Lock()
        self._told_at: dict[tuple[str, int], float] = {}
        self._left_out: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is let through."""
        if not super().filter(record):
            return True
        kind, now = (record.pathname, record.lineno), self._clock()
        with self._gate:
            if now - self._told_at.get(kind, float("-inf")) < PAUSE_SECONDS:
                self._left_out[kind] = self._left_out.get(kind, 0) + 1
                return False
            self._told_at[kind] = now
            left_out = self._left_out.pop(kind, 0)
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like it were left out before)", None
        return True
