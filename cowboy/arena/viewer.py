"""One WebSocket connection of the stream: the messages that wait for it, and what it has been told of its game."""

import asyncio
from collections import deque
from typing import Literal

from cowboy.arena.messages import Message
from cowboy.game.wire.objects import Snapshot
from cowboy.game.words import GameStatus

QUEUE_LIMIT = 512
"""Messages that wait for a slow client; beyond that the oldest are skipped silently."""

EVENTS_SECONDS = 5.0
"""Events that are committed have this long to come by their topic. Then a state is told without them."""

PolledType = Literal["SNAPSHOT", "GAME_STARTED", "GAME_FINISHED"]
_CHANGED_TO: dict[GameStatus, PolledType] = {
    GameStatus.RUNNING: "GAME_STARTED",
    GameStatus.FINISHED: "GAME_FINISHED",
}


class Viewer:
    """It belongs to the event loop; only `offer` is called by the thread that reads the events.

    A connection is told a state first, then every event after it. What an event has told is not told by polling as
    well: a client that acts on each message acts once in a turn.
    """

    def __init__(self, from_turn_no: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._messages: deque[Message] = deque(maxlen=QUEUE_LIMIT)
        self._filled = asyncio.Event()
        self._told: int | None = None
        self._highest_turn_no = from_turn_no
        self._status: GameStatus | None = None
        self._awaited: tuple[int, float] | None = None

    @property
    def told(self) -> int | None:
        """Number of the last event that this connection knows of; None before it was told the first state."""
        return self._told

    def offer(self, message: Message) -> None:
        """The message for an event. It may come twice, as events may be published, and read, twice."""
        self._loop.call_soon_threadsafe(self._put, message)

    async def next(self, seconds: float) -> str | None:
        """The next event message, which is to be sent now, or None if none comes in time."""
        until = self._loop.time() + seconds
        while (message := self._take()) is None:
            self._filled.clear()
            try:
                await asyncio.wait_for(self._filled.wait(), max(until - self._loop.time(), 0))
            except TimeoutError:
                return None
        self._told = self._told if message.step_seq is None else message.step_seq
        self._highest_turn_no = max(self._highest_turn_no, message.turn_no)
        self._status = message.status or self._status
        return message.text

    def polled(self, snapshot: Snapshot, step_seq: int) -> PolledType | None:
        """The type of message for a state seen by polling, or None if the connection knows it already.

        `step_seq` is the number of the last event that led to the state.
        """
        if self._told is not None and not self._is_up_to_date(step_seq, self._told):
            return None
        if self._told is None:
            self._told = step_seq
        first, changed = self._status is None, self._status is not snapshot.status
        if not changed and snapshot.turn_no <= self._highest_turn_no:
            return None
        self._highest_turn_no = max(self._highest_turn_no, snapshot.turn_no)
        self._status = snapshot.status
        return "SNAPSHOT" if first or not changed else _CHANGED_TO.get(snapshot.status, "SNAPSHOT")

    def _is_up_to_date(self, step_seq: int, told: int) -> bool:
        """Whether the state has to be told.

        False while events that tell it are on their way, and after later ones have come.
        """
        if step_seq <= told or self._messages:
            return step_seq == told and not self._messages
        now = self._loop.time()
        if self._awaited is None or told >= self._awaited[0]:
            self._awaited = step_seq, now
        return now - self._awaited[1] >= EVENTS_SECONDS

    def _take(self) -> Message | None:
        if self._told is None:
            return None
        while self._messages:
            message = self._messages.popleft()
            if message.step_seq is None or message.step_seq > self._told:
                return message
        return None

    def _put(self, message: Message) -> None:
        self._messages.append(message)
        self._filled.set()
