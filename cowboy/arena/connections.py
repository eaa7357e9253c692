"""Connections to the arena: bounded, so that strangers cannot take the descriptors that the games need.

uvicorn 0.54 has no bound on connections (its `limit_concurrency` answers them, and keeps them), and accepts until the
process has no descriptor left: then no reconnection to Redis or Kafka succeeds either. This is the only module that
reaches into it: to `connections`, `cycle`, `loop` and `transport` of its HTTP protocol.
"""

import asyncio
from typing import ClassVar

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

BACKLOG = 32
"""Connections that are accepted in one go, before the first of them can be refused."""

REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 49\r\n"
    b'Connection: close\r\n\r\n{"error":"too many connections; try again later"}'
)

log = structlog.get_logger(__name__)


class BoundedProtocol(H11Protocol):
    """HTTP on a server that holds at most `most` connections, those of WebSockets included.

    When it has so many, a newcomer takes the place of the one that has been idle for longest, and is refused if none
    is: every other one is being answered, or is a WebSocket.
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
        """Nothing is asked on it now, or not yet to the end."""
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
