"""The liveness guard: a keeper that was away, or blind, cannot tell the silent from the dead.

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
        """To be asked at each look, after it succeeded: is what was seen enough to call somebody dead?"""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at > self._longest_break_seconds:
            self._full_from = now + self._needed_seconds
        self._looked_at = now
        return now >= self._full_from
