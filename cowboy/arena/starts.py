"""How many games begin at a time.

A bot plays the first turn of a game at once, and that turn costs every process something. Of two hundred games that
begin together each would wait for the first turns of all others, and so would the turns of the games that are running.
So a game begins when few others are at their first turn: its start is answered later, and nothing else waits.
"""

import asyncio
import os
import threading
import time
from contextlib import suppress

AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
"""Games at their first turn: one keeps two cores busy. With more, other games' turns wait noticeably longer."""

PATIENCE_SECONDS = 0.15
"""A bot that takes longer for its first turn (it asks a model) keeps no other game waiting."""

LONGEST_WAIT_SECONDS = 8.0
"""Of one start. Clients give up after ten."""

MOST_EXPECTED = 10_000
"""Games that were created and not started. Of more, the oldest begin without waiting."""


class Starts:
    """Games that a bot begins, from their creation to the end of their first turn.

    `enter` belongs to one event loop; the other methods can be called from any thread. What is known here is lost with
    the process; games that are not known begin at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[str, None] = {}
        self._until: dict[str, float] = {}
        self._order = asyncio.Lock()
        self._left = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def expect(self, game_id: str) -> None:
        """A game was created whose first turn is a bot's."""
        with self._lock:
            self._expected[game_id] = None
            if len(self._expected) > MOST_EXPECTED:
                del self._expected[next(iter(self._expected))]

    async def enter(self, game_id: str) -> None:
        """Return when the game may begin; first come, first served. Nobody knows how long a person's turn takes."""
        self._loop = asyncio.get_running_loop()
        if game_id not in self._expected:
            return
        give_up_at = time.monotonic() + LONGEST_WAIT_SECONDS
        async with self._order:
            while game_id in self._expected:
                self._left.clear()
                if (seconds := self._take_place(game_id, give_up_at)) > 0:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._left.wait(), seconds)

    def leave(self, game_id: str) -> None:
        """The game's first turn is over, or was so long ago."""
        with self._lock:
            played = self._until.pop(game_id, None) is not None
        if played and self._loop is not None:
            self._loop.call_soon_threadsafe(self._left.set)

    def _take_place(self, game_id: str, give_up_at: float) -> float:
        """Take a place for the game if there is one, else the seconds until it is worth asking again."""
        with self._lock:
            now = time.monotonic()
            self._until = {other: until for other, until in self._until.items() if until > now}
            if len(self._until) >= AT_ONCE and now < give_up_at:
                return min(give_up_at, *self._until.values()) - now
            self._expected.pop(game_id, None)
            self._until[game_id] = now + PATIENCE_SECONDS
            return 0.0
