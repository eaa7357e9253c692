"""The stream of a game for its viewers, and the snapshot (docs/wire.md#stream).

It reads the output topics of the watched games, as any other reader does, so a viewer is told what stands there.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from functools import partial

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from cowboy.arena.answers import json_response
from cowboy.arena.messages import Message, snapshot_after
from cowboy.arena.record import GameRecord
from cowboy.arena.store import GameStore
from cowboy.arena.viewer import Viewer
from cowboy.arena.worker import ReadingWorker
from cowboy.bus.reader import Batch, TopicReader
from cowboy.errors import NotFound, StateError
from cowboy.game.wire.http import Error
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Snapshot
from cowboy.game.wire.stream import Connected, Polled, StreamError
from cowboy.process.milliseconds import milliseconds
from cowboy.settings import Settings
from cowboy.state.dead_letters import DeadLetters

READER = "watcher"
POLL_SECONDS = 0.8
READ_MS = 50
"""A new viewer waits at most this long for the first event: a read cannot be interrupted, only a rest."""

MAX_VIEWERS = 500
"""The most connections at once, if there are descriptors for so many. Each costs a query of Redis at every poll."""

LOOKS_AT_ONCE = 8
"""Threads for the polls of all viewers together, so that they leave some to other requests."""

IDLE_SECONDS = 1.0

SAID_KEPT = 30
"""Messages of a game's talk that a new viewer is told. One that comes in between may be told twice."""

log = structlog.get_logger(__name__)


class Watcher(ReadingWorker[StepEvent]):
    """Its thread turns events into messages; its coroutines, in the event loop, send them."""

    def __init__(
        self,
        settings: Settings,
        store: GameStore,
        dead_letters: DeadLetters,
        now: Callable[[], datetime],
        most_viewers: int = MAX_VIEWERS,
    ) -> None:
        super().__init__("watcher", TopicReader(settings, StepEvent, partial(dead_letters.add, READER)))
        self._store = store
        self._now = now
        self._viewers: dict[str, frozenset[Viewer]] = {}
        self._last: dict[str, Snapshot] = {}
        self._said: dict[str, deque[Message]] = {}
        self._count = 0
        self._most = most_viewers
        self._looks = CapacityLimiter(LOOKS_AT_ONCE)

    # -- events, in the thread ----------------------------------------------------------------------------------------

    def step(self) -> None:
        self.reader.connect()
        self._follow()
        if not self.reader.games:
            self.rest(IDLE_SECONDS)
            return
        for batch in self.reader.poll(READ_MS, rest_ms=milliseconds(IDLE_SECONDS)):
            self._tell(batch)

    def _follow(self) -> None:
        """Read the watched games, each from the place where its viewers came in.

        The arena numbers a game's events from 1 and may publish one twice, so the event after number n stands at
        offset n or later.
        """
        told = {
            game_id: [at for viewer in viewers if (at := viewer.told) is not None]
            for game_id, viewers in self._viewers.copy().items()
        }
        games = {game_id: min(known) for game_id, known in told.items() if known}
        if games.keys() != self.reader.games:
            self.reader.follow(games)
            self._last = {game_id: last for game_id, last in self._last.items() if told.get(game_id)}

    def _tell(self, batch: Batch[StepEvent]) -> None:
        viewers = self._viewers.get(batch.game_id, frozenset())
        for event, _ in batch.messages if viewers else ():
            message = Message.of(event, self._snapshot_after(batch.game_id, event), self._now())
            for viewer in viewers:
                viewer.offer(message)

    def _snapshot_after(self, game_id: str, event: StepEvent) -> Snapshot | None:
        """If only the store can tell, it may be newer than the event, or none when Redis does not answer."""
        snapshot = snapshot_after(event, self._last.get(game_id))
        if snapshot is None:
            try:
                snapshot = self._snapshot(game_id)
            except (NotFound, StateError):
                return None  # the contract allows null, and a poll brings the state
        self._last[game_id] = snapshot
        return snapshot

    def _snapshot(self, game_id: str) -> Snapshot:
        return self._store.load(game_id).to_snapshot()

    # -- talk, in the thread of the chat ------------------------------------------------------------------------------

    def watched(self) -> frozenset[str]:
        """The games that have viewers."""
        return frozenset(self._viewers.copy())

    def tell_talk(self, game_id: str, message: Message) -> None:
        """Tell a game's viewers, and those that come later, what was said."""
        viewers = self._viewers.get(game_id, frozenset())
        if viewers:
            self._said.setdefault(game_id, deque(maxlen=SAID_KEPT)).append(message)
        for viewer in viewers:
            viewer.offer(message)

    # -- connections, in the event loop -------------------------------------------------------------------------------

    async def show_snapshot(self, request: Request) -> Response:
        """`GET …/snapshot`."""
        _from_turn_no(request)
        return json_response(await to_thread.run_sync(self._snapshot, request.path_params["game_id"]))

    async def refuse_plain_get(self, _request: Request) -> Response:
        """`GET …/stream` without an upgrade."""
        raise HTTPException(400, "this is a WebSocket: connect with ws:// or wss://")

    async def stream(self, websocket: WebSocket) -> None:
        """`…/stream`: sends until the client goes."""
        try:
            viewer = self._admit(websocket)
        except HTTPException as refusal:
            await websocket.send_denial_response(json_response(Error(error=refusal.detail), refusal.status_code))
            return
        game_id = websocket.path_params["game_id"]
        self._join(game_id, viewer)
        try:
            await websocket.accept()
            await _until_first_ends(self._feed(websocket, game_id, viewer), _listen(websocket))
        finally:
            self._leave(game_id, viewer)

    def _admit(self, websocket: WebSocket) -> Viewer:
        if self._count >= self._most:
            raise HTTPException(503, f"{self._most} viewers are connected, more are not served; try again later")
        return Viewer(_from_turn_no(websocket))

    def _join(self, game_id: str, viewer: Viewer) -> None:
        # Replaced, not changed: the thread may be going through the set.
        self._viewers[game_id] = self._viewers.get(game_id, frozenset()) | {viewer}
        self._count += 1
        for message in list(self._said.get(game_id, ())):
            viewer.offer(message)

    def _leave(self, game_id: str, viewer: Viewer) -> None:
        self._count -= 1
        left = self._viewers[game_id] - {viewer}
        if left:
            self._viewers[game_id] = left
        else:
            del self._viewers[game_id]
            self._said.pop(game_id, None)

    async def _feed(self, websocket: WebSocket, game_id: str, viewer: Viewer) -> None:
        loop = asyncio.get_running_loop()
        connected = Connected(game_id=game_id, from_turn_no=_from_turn_no(websocket), connected_at=self._now())
        await websocket.send_text(connected.to_json().decode())
        while True:
            next_poll = loop.time() + POLL_SECONDS
            news = await self._poll(game_id, viewer)
            if news is not None:
                await websocket.send_text(news.to_json().decode())
            while (message := await viewer.next(next_poll - loop.time())) is not None:
                await websocket.send_text(message)

    async def _poll(self, game_id: str, viewer: Viewer) -> Polled | StreamError | None:
        try:
            record: GameRecord = await to_thread.run_sync(self._store.load, game_id, limiter=self._looks)
        except (NotFound, StateError) as error:
            return StreamError(game_id=game_id, error=str(error), at=self._now())
        snapshot, is_new = record.to_snapshot(), viewer.told is None
        kind = viewer.polled(snapshot, record.last_step_seq)
        if is_new:
            # Its first event may be of no turn (a late command), and tell only together with the game before it.
            self._last.setdefault(game_id, snapshot)
            # Now it is known from where its events are to be read. Redis is told, which could hold up all viewers here.
            await to_thread.run_sync(self.wake, limiter=self._looks)
        if kind is None:
            return None
        return Polled(event_type=kind, game_id=game_id, snapshot=snapshot, emitted_at=self._now())


async def _listen(websocket: WebSocket) -> None:
    """Read and ignore messages until the client has gone, which only reading shows."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _until_first_ends(*coroutines: Coroutine[None, None, None]) -> None:
    """Run all until one has ended, then cancel the others. That the client went away is no error."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        with suppress(WebSocketDisconnect):
            task.result()


def _from_turn_no(connection: HTTPConnection) -> int:
    """The query parameter. It filters nothing; it is echoed, and marks what a polled state has to exceed."""
    text = connection.query_params.get("from_turn_no", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise HTTPException(400, "from_turn_no must be a whole number from 0")
    return int(text)
