"""The way to a provider, on which an answer has a deadline and a size, and a request says no more than it must.

Time limits of HTTP clients are limits on a single read: a provider that sends a byte now and then holds a caller for
ever. Here every read gets what is left of the call's time, so a call ends by itself.
"""

import functools
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import httpcore2
import httpx2

from cowboy.brains.llm.calls import Calls
from cowboy.errors import ProviderTimeout

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


class Transport(httpx2.BaseTransport):
    """HTTP without proxies, compression and environment variables. Thread-safe; keeps connections open.

    Each call has a line to itself. Connections are not pooled by the client: it looks at all of them at every call,
    which with five hundred takes longer than everything else.
    """

    def __init__(self, connections: int) -> None:
        self._context = httpx2.create_ssl_context(trust_env=False)
        self._backend = _PunctualBackend(connections)
        self._idle: defaultdict[tuple[str, int | None], list[_Line]] = defaultdict(list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            left = _seconds_left()
        except httpcore2.ReadTimeout as error:  # which only the layer below makes one of the client's
            raise httpx2.ReadTimeout(str(error), request=request) from None
        # The client goes on reading its own request, so that one stays as it is.
        sent = httpx2.Request(
            request.method,
            request.url,
            headers=[(name, value) for name, value in request.headers.items() if name.lower() in _SENT_HEADERS],
            stream=request.stream,
            extensions={"timeout": {"connect": min(left, CONNECT_SECONDS), "pool": left}},
        )
        idle = self._idle[request.url.host, request.url.port]
        try:
            line = idle.pop()  # the one used last, whose connection is the likeliest to be alive
        except IndexError:
            line = _Line(self._context, self._backend)
        hang_up = functools.partial(idle.append, line)
        try:
            response = line.handle_request(sent)
        except BaseException:
            hang_up()
            raise
        body = _Bounded(response, hang_up)
        if "content-encoding" in response.headers:
            body.close()
            raise TooLarge("the answer is packed, which we did not ask for; it may unpack to anything")
        return httpx2.Response(response.status_code, headers=response.headers, stream=body)

    def close(self) -> None:
        """Close the lines that nobody uses."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


class _Line(httpx2.HTTPTransport):
    """One connection, made anew when it has to be."""

    def __init__(self, context: ssl.SSLContext, backend: httpcore2.NetworkBackend) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context, max_connections=1, keepalive_expiry=30.0, network_backend=backend
        )


class _Bounded(httpx2.SyncByteStream):
    """The body of a response, as far as it is of a sensible size."""

    def __init__(self, response: httpx2.Response, hang_up: Callable[[], None]) -> None:
        self._response = response
        self._hang_up: Callable[[], None] | None = hang_up

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        for part in self._response.iter_raw():
            count += len(part)
            if count > MAX_ANSWER_BYTES:
                raise TooLarge(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
            yield part

    def close(self) -> None:
        self._response.close()
        if self._hang_up is not None:
            self._hang_up()
            self._hang_up = None


def _seconds_left() -> float:
    left = _deadline.get() - time.monotonic()
    return left if left > 0 else _too_late()


def _too_late() -> NoReturn:
    raise httpcore2.ReadTimeout("the time for the answer is over")


class _PunctualBackend(httpcore2.SyncBackend):
    """Connections whose every step ends at the deadline."""

    def __init__(self, connections: int) -> None:
        super().__init__()
        self._calls = Calls(connections)

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        connect = functools.partial(self._connect, *args, **options)
        try:
            return _PunctualStream(self._calls.run(connect, _seconds_left()))
        except ProviderTimeout as error:
            raise httpcore2.ConnectTimeout(str(error)) from None

    def _connect(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        """As long as looking up the name takes; nobody may be waiting any more then."""
        stream = super().connect_tcp(*args, **options)
        try:
            _seconds_left()
        except httpcore2.ReadTimeout:
            stream.close()
            raise
        return stream


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
