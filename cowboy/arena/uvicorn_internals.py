"""What Cowboy needs of uvicorn 0.54 that has no public way: a bound on connections, a server without signal handlers
that sleeps while nobody calls.

uvicorn has no bound on connections (its `limit_concurrency` answers them, and keeps them). It accepts until the process
has no file descriptor left: then no reconnection to Redis or Kafka succeeds either. So its HTTP protocol is subclassed,
by its members `connections`, `cycle`, `loop` and `transport`.

`pyproject.toml` bounds the version; `tests/unit/arena/test_uvicorn_internals.py` fails when one of the parts
moves.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar

import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

BACKLOG = 8
"""Connections that are accepted in one go, before the first of them can be refused."""

WAITING = 1024
"""Connections that the kernel keeps for the server while it is busy. Of a hundred callers that come at once it refuses
some by a reset if it may keep only `BACKLOG`, and a request that was sent by then is not repeated."""

REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 49\r\n"
    b'Connection: close\r\n\r\n{"error":"too many connections; try again later"}'
)

TICK_SECONDS = 1.0
"""How often the answers' date is renewed."""

log = structlog.get_logger(__name__)


class BoundedProtocol(H11Protocol):
    """HTTP on a server that holds at most `most` connections, those of WebSockets included.

    When the server has that many, a new connection replaces the one that has been idle for longest. If none is idle,
    because all are being answered or are WebSockets, the new one is refused with status 503.
    """

    most: ClassVar[int]
    _is_refused = False
    since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        if len(self.connections) >= self.most and not self._make_room():
            self._is_refused = True
            transport.write(REFUSAL)
            transport.close()
            log.warning("connection_refused", connections=len(self.connections))
            return
        self.since = self.loop.time()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._is_refused:
            super().data_received(data)

    def eof_received(self) -> None:
        if not self._is_refused:
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._is_refused:
            super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether no complete request is being answered on this connection."""
        return self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> bool:
        idle = [one for one in self.connections if isinstance(one, BoundedProtocol) and one.is_idle]
        if not idle:
            return False
        longest = min(idle, key=lambda one: one.since)
        self.connections.discard(longest)
        longest.transport.close()
        return True


def bounded(most: int) -> type[BoundedProtocol]:
    """The protocol for one server."""
    return type("Bounded", (BoundedProtocol,), {"most": most})


class ServerInLoop(uvicorn.Server):
    """A server beside others in one event loop, on sockets that its caller has opened: it sets no signal handlers.
    `leave` stops it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._is_leaving = asyncio.Event()

    def leave(self) -> None:
        """Stop serving. To be called in the event loop."""
        self.should_exit = True
        self._is_leaving.set()

    async def main_loop(self) -> None:
        """Do once a second what is to be done then. uvicorn's own looks ten times a second whether it has to stop."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_leaving.wait(), TICK_SECONDS)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(WAITING)  # asyncio knows one number for both, and has set `BACKLOG`

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
