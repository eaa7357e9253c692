"""The way to a provider, on which an answer has a deadline and a size, and a request says no more than it must.

Time limits of HTTP clients are limits on a single read: a provider that sends a byte now and then holds a caller for
ever. Here every read gets what is left of the call's time, so a call ends by itself, and its thread with it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import httpcore2
import httpx2

CONNECT_SECONDS = 3.0
"""A provider that cannot be reached in this time would be too slow anyway."""

MAX_ANSWER_BYTES = 1_000_000

_SENT_HEADERS = frozenset({"host", "authorization", "content-type", "content-length", "accept", "connection"})
"""The client would also send the organisation and the project that a shell happens to name, and this machine's kind."""

_deadline: ContextVar[float] = ContextVar("deadline")
"""When the present call has to be over, on the monotonic clock."""


class TooLarge(Exception):
    """An answer is larger than any that we asked for."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """All requests within it are over after `seconds`. Nothing can be asked outside of one."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class Transport(httpx2.HTTPTransport):
    """HTTP without proxies, compression and environment variables. Thread-safe; keeps connections open."""

    def __init__(self, connections: int) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=connections,
            keepalive_expiry=30.0,
            network_backend=_PunctualBackend(),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        # The client goes on reading its own request, so that one stays as it is.
        left = _seconds_left()
        sent = httpx2.Request(
            request.method,
            request.url,
            headers=[(name, value) for name, value in request.headers.items() if name.lower() in _SENT_HEADERS],
            stream=request.stream,
            extensions={"timeout": {"connect": min(left, CONNECT_SECONDS), "pool": left}},
        )
        response = super().handle_request(sent)
        if "content-encoding" in response.headers:
            response.close()
            raise TooLarge("the answer is packed, which we did not ask for; it may unpack to anything")
        return httpx2.Response(response.status_code, headers=response.headers, stream=_Bounded(response))


class _Bounded(httpx2.SyncByteStream):
    """The body of a response, as far as it is of a sensible size."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        for part in self._response.iter_raw():
            count += len(part)
            if count > MAX_ANSWER_BYTES:
                raise TooLarge(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
            yield part

    def close(self) -> None:
        self._response.close()


def _seconds_left() -> float:
    left = _deadline.get() - time.monotonic()
    return left if left > 0 else _too_late()


def _too_late() -> NoReturn:
    raise httpcore2.ReadTimeout("the time for the answer is over")


class _PunctualBackend(httpcore2.SyncBackend):
    """Connections whose every step ends at the deadline."""

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        return _PunctualStream(super().connect_tcp(*args, **options))


class _PunctualStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, _seconds_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, _seconds_left())

    def start_tls(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        return _PunctualStream(self._stream.start_tls(*args, **options))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
