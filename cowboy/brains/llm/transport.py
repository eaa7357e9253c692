"""The HTTP transport to a provider: an answer has a deadline and a largest size, and a request holds only what it must.

What comes back is put to the call's `Heard`, whether it can be read or not, and the caller uses that.

Time limits of HTTP clients are limits on a single read: a provider that sends a byte now and then holds a caller for
ever. Here every read gets what is left of the call's time, so a call ends by itself.
"""

import functools
import re
import ssl
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import httpcore2
import httpx2

from cowboy.brains.llm.calls import Calls
from cowboy.brains.llm.completion import NoCompletion, Said, read_completion
from cowboy.errors import ProviderTimeout
from cowboy.settings.redaction import Redaction

CONNECT_SECONDS = 3.0
"""A provider that cannot be reached in this time would be too slow anyway."""

MAX_ANSWER_BYTES = 1_000_000

_SENT_HEADERS = frozenset({"host", "authorization", "content-type", "content-length", "accept", "connection"})
"""The client would also send the organisation and the project of the shell's variables, and this machine's kind."""

_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""They describe the body as received; it is passed on unpacked."""

_NOT_PACKED = frozenset({"", "identity", "none", "utf-8", "utf8", "binary", "8bit"})
"""Values of `Content-Encoding` for a body as it is; the later ones are mistakes of servers."""

MOST_PACKINGS = 2

NO_REDACTION = Redaction([])

_CHARACTERS_KEPT = 20_000
"""Characters kept of an answer that cannot be read."""


class TooLarge(Exception):
    """An answer is larger than any that we asked for."""


class Unpackable(Exception):
    """An answer came packed, which we did not ask for, and cannot be unpacked."""


class Heard:
    """What came back in one call.

    `said` is what the model said. Where there is none, `flaw` is why nothing could be read, if the server answered with
    success. `status` and `body` are the response's; None while there is none. `location` is the server to which it
    redirects.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.retry_after = ""
        self.location = ""
        self.body: bytes | None = None
        self.said: Said | None = None
        self.flaw: NoCompletion | None = None

    @property
    def answer(self) -> str | None:
        """What was said, raw: by the model, or else whatever the server sent."""
        if self.said is not None and (whole := self.said.whole):
            return whole
        return None if self.body is None else self.body[:_CHARACTERS_KEPT].decode("utf-8", "replace")

    def take(self, response: httpx2.Response, body: bytes, redaction: Redaction = NO_REDACTION) -> None:
        """Keep and read a response, whose body holds no secret any more but what a stream has in pieces."""
        self.status, self.body = response.status_code, body
        self.retry_after = response.headers.get("retry-after", "")
        self.location = redaction(_server_of(response.headers.get("location", "")))
        if response.is_success:
            try:
                self.said = read_completion(body, response.headers.get("content-type", "")).mapped(redaction)
            except NoCompletion as flaw:
                self.flaw = flaw


def _server_of(url: str) -> str:
    """Scheme, host and port of a URL; empty where it has none. What follows may hold anything, a key included."""
    found = re.match(r"https?://[\w.:\[\]-]+", url)
    return found[0] if found else ""


class _Call(NamedTuple):
    """The present call: its deadline on the monotonic clock, and the `Heard` that takes its result."""

    deadline: float
    heard: Heard


_call: ContextVar[_Call] = ContextVar("call")


@contextmanager
def time_limit(seconds: float, heard: Heard) -> Iterator[None]:
    """All requests within it are over after `seconds`. Nothing can be asked outside of one."""
    token = _call.set(_Call(time.monotonic() + seconds, heard))
    try:
        yield
    finally:
        _call.reset(token)


class Route(NamedTuple):
    """How a provider is reached: through which proxy, if any, and whose certificates are believed (None: the usual)."""

    proxy: str | None = None
    ca_file: Path | None = None


DIRECT = Route()


class Transport(httpx2.BaseTransport):
    """HTTP without environment variables, and without a proxy that no profile names. Thread-safe; keeps connections.

    Each call has a connection to itself. httpx2's own pool is not used, because it goes through all connections at
    every call, which takes longer than everything else with five hundred.
    """

    def __init__(self, connections: int) -> None:
        self._backend = _PunctualBackend(connections)
        self._idle: defaultdict[tuple[Route, str, int | None], list[httpcore2.ConnectionPool]] = defaultdict(list)

    def along(self, route: Route, redaction: Redaction = NO_REDACTION) -> httpx2.BaseTransport:
        """This transport by another route, on which secrets are cut out of what comes back.

        It shares all that is kept here, and need not be closed.
        """
        return _Along(self, route, redaction)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle(request, DIRECT, NO_REDACTION)

    def handle(self, request: httpx2.Request, route: Route, redaction: Redaction) -> httpx2.Response:
        """Send a request and hear the whole answer. Raises `httpx2.TransportError`, `TooLarge` and `Unpackable`."""
        with _as_the_client_has_them(request):
            status, headers, body = self._exchange(request, route)
        body = redaction(body.decode("latin-1")).encode("latin-1")  # secrets are of ASCII, and other bytes stay
        _call.get().heard.take(httpx2.Response(status, headers=headers), body, redaction)
        kept = [(name, value) for name, value in headers.items() if name.lower() not in _OF_THE_WIRE]
        return httpx2.Response(status, headers=kept, content=body)

    def _exchange(self, request: httpx2.Request, route: Route) -> tuple[int, httpx2.Headers, bytes]:
        """The status, the headers and the unpacked body that a server answers."""
        left = _seconds_left()
        sent = httpcore2.Request(
            request.method,
            _url_of(request.url),
            headers=[
                *(header for header in request.headers.raw if header[0].lower().decode() in _SENT_HEADERS),
                (b"accept-encoding", b"identity"),
            ],
            content=request.stream,
            extensions={"timeout": {"connect": min(left, CONNECT_SECONDS), "pool": left}},
        )
        idle = self._idle[route, request.url.host, request.url.port]
        try:
            line = idle.pop()  # the one used last, whose connection is the likeliest to be alive
        except IndexError:
            line = _line(_certificates(route.ca_file), self._backend, route.proxy)
        try:
            response = line.handle_request(sent)
            headers = httpx2.Headers(response.headers)
            try:
                body = _unpacked(_whole(response), headers.get("content-encoding", ""))
            finally:
                response.close()
        finally:
            idle.append(line)
        return response.status, headers, body

    def close(self) -> None:
        """Close the lines that nobody uses."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


@functools.cache
def _certificates(ca_file: Path | None) -> ssl.SSLContext:
    """The certificates that are believed. To read the usual ones takes 20 ms, so it is done once."""
    if ca_file is None:
        return httpx2.create_ssl_context(trust_env=False)
    return ssl.create_default_context(cafile=ca_file)


class _Along(httpx2.BaseTransport):
    """A transport by one route."""

    def __init__(self, transport: Transport, route: Route, redaction: Redaction) -> None:
        self._transport = transport
        self._route = route
        self._redaction = redaction

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._transport.handle(request, self._route, self._redaction)


def _line(context: ssl.SSLContext, backend: httpcore2.NetworkBackend, proxy: str | None) -> httpcore2.ConnectionPool:
    """A pool of one connection, which is made anew when the server has closed it.

    It is httpcore2's own: httpx2's `HTTPTransport` has no option for the network backend.
    """
    options: Any = {"ssl_context": context, "max_connections": 1, "keepalive_expiry": 30.0, "network_backend": backend}
    if proxy is None:
        return httpcore2.ConnectionPool(**options)
    named = httpx2.Proxy(proxy)
    if named.url.scheme == "https":
        options["proxy_ssl_context"] = context
    return httpcore2.HTTPProxy(proxy_url=_url_of(named.url), proxy_auth=named.raw_auth, **options)


def _url_of(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


@contextmanager
def _as_the_client_has_them(request: httpx2.Request) -> Iterator[None]:
    """Turn the errors of httpcore2 into those that a client of httpx2 expects from its transport."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.TimeoutException(str(error), request=request) from error
    except (
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.ProxyError,
        httpcore2.UnsupportedProtocol,
    ) as error:
        raise httpx2.TransportError(str(error), request=request) from error


def _whole(response: httpcore2.Response) -> bytes:
    """The body of a response, as it came, if it is of a sensible size."""
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise TooLarge(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
    return bytes(body)


def _unpacked(body: bytes, encodings: str) -> bytes:
    """A body as it was before it was packed, some servers do that unasked. Raises `TooLarge` and `Unpackable`."""
    names = [name for name in re.split(r"[\s,]+", encodings.lower()) if name not in _NOT_PACKED]
    if len(names) > MOST_PACKINGS:
        raise Unpackable("the answer is packed too often")
    for name in reversed(names):
        if name not in {"gzip", "x-gzip", "deflate"}:
            raise Unpackable("the answer is packed in a way that is not known here")
        body = _inflated(body)
    return body


def _inflated(packed: bytes) -> bytes:
    # A deflated body should have zlib's head, and often has none.
    for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        unpacking = zlib.decompressobj(bits)
        try:
            body = unpacking.decompress(packed, MAX_ANSWER_BYTES + 1)
        except zlib.error:
            continue
        if len(body) > MAX_ANSWER_BYTES:
            raise TooLarge(f"the answer unpacks to more than {MAX_ANSWER_BYTES} bytes")
        if unpacking.eof:
            return body
        break
    raise Unpackable("the answer does not unpack")


def _seconds_left() -> float:
    left = _call.get().deadline - time.monotonic()
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
        """Connect; it takes as long as looking up the name. The caller may have given up by then."""
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
