"""One WebSocket connection's side of the stream: its queue of event messages, and what it has been shown by polling."""

import asyncio
from collections import deque
from typing import Literal

from cowboy.game.wire.objects import Snapshot
from cowboy.game.words import GameStatus

QUEUE_LIMIT = 512
"""Messages that wait for a slow client; beyond that the oldest are skipped silently (§6.2)."""

PolledType = Literal["SNAPSHOT", "GAME_STARTED", "GAME_FINISHED"]
_CHANGED_TO: dict[GameStatus, PolledType] = {
    GameStatus.RUNNING: "GAME_STARTED",
    GameStatus.FINISHED: "GAME_FINISHED",
}


class Viewer:
    """Made and read in the event loop; `offer` and `told` are for the thread that reads the events.

    `told` is the number of the last event that this connection knows of: at first, of the last before it came.
    """

    def __init__(self, from_turn_no: int, told: int = 0) -> None:
        self.told = told
        self._loop = asyncio.get_running_loop()
        self._messages: deque[str] = deque(maxlen=QUEUE_LIMIT)
        self._filled = asyncio.Event()
        self._highest_turn_no = from_turn_no
        self._status: GameStatus | None = None

    def offer(self, step_seq: int, message: str) -> None:
        """The message for an event, unless it was told before: events may be published, and read, twice."""
        if step_seq > self.told:
            self.told = step_seq
            self._loop.call_soon_threadsafe(self._put, message)

    async def next(self, seconds: float) -> str | None:
        """The next message, or None if none comes in time."""
        if not self._messages:
            self._filled.clear()
            try:
                await asyncio.wait_for(self._filled.wait(), max(seconds, 0))
            except TimeoutError:
                return None
        return self._messages.popleft()

    def polled(self, snapshot: Snapshot) -> PolledType | None:
        """As what a state seen by polling is to be sent, or None if it is no news for this connection (§6.1)."""
        first, changed = self._status is None, self._status is not snapshot.status
        if not changed and snapshot.turn_no <= self._highest_turn_no:
            return None
        self._highest_turn_no = max(self._highest_turn_no, snapshot.turn_no)
        self._status = snapshot.status
        return "SNAPSHOT" if first or not changed else _CHANGED_TO.get(snapshot.status, "SNAPSHOT")

    def _put(self, message: str) -> None:
        self._messages.append(message)
        self._filled.set()
