"""The liveness guard: keeps a keeper from calling processes dead after it was away or could not read Redis.

Heartbeats stand in Redis. After an outage of it all of them are old, and the first instance to beat again would be
given the bots of all others.
"""

import time
from collections.abc import Callable


class LivenessGuard:
    """`longest_break_seconds` without a look make it begin anew; it is full again `needed_seconds` after that."""

    def __init__(
        self, longest_break_seconds: float, needed_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._longest_break_seconds = longest_break_seconds
        self._needed_seconds = needed_seconds
        self._clock = clock
        self._looked_at: float | None = None
        self._full_from = 0.0

    def is_full(self) -> bool:
        """Whether enough was seen to call a process dead. Call it at each look that succeeded."""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at > self._longest_break_seconds:
            self._full_from = now + self._needed_seconds
        self._looked_at = now
        return now >= self._full_from
