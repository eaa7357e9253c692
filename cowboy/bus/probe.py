"""A cheap check of the broker: whether it answers, accepts our login and speaks Kafka. It always closes what it opens.
kafka-python's clients leave a thread and a socket behind where no broker answers, and try again without a reason when a
certificate or a login is refused.
"""

import socket
import struct
import time
from collections.abc import Callable

from cowboy.bus.kafka_internals import login
from cowboy.errors import BusError
from cowboy.errors.cause import reason_of
from cowboy.settings import Bind, Settings

# By hand, as https://kafka.apache.org/protocol has it: size, key, version, correlation id, length of the client id
# (none), then what the request asks. Metadata 1 asks for no topics.
_HEAD = struct.Struct(">ihhih")
_METADATA, _HANDSHAKE, _AUTHENTICATE = (3, 1), (17, 1), (36, 0)
_NO_TOPICS = struct.pack(">i", 0)
_MAX_ANSWER_BYTES = 1_000_000
_UNSUPPORTED_MECHANISM = 33

Ask = Callable[[tuple[int, int], bytes], bytes]


def ask_broker(bind: Bind, patience_seconds: float) -> bool:
    """The broker at an unguarded listener answers a metadata request, and knows of a broker: itself."""
    try:
        _look(bind, None, time.monotonic() + patience_seconds)
    except BusError:
        return False
    return True


def check_brokers(settings: Settings, patience_seconds: float) -> None:
    """Raises `BusError`, which says why, unless one of the bootstrap servers answers and lets us in.

    Each may take a part of the time.
    """
    servers = settings.kafka_servers
    deadline = time.monotonic() + patience_seconds
    share = patience_seconds / min(2, len(servers))
    troubles = []
    for server in servers:
        until = min(deadline, time.monotonic() + share)
        if time.monotonic() < until:
            try:
                return _look(server, settings, until)
            except BusError as error:
                troubles.append(str(error))
    raise BusError("; ".join(dict.fromkeys(troubles)) or f"{settings.kafka_bootstrap_servers}: no answer in time")


def _look(bind: Bind, settings: Settings | None, deadline: float) -> None:
    """Connect, log in by `settings`, and ask for the brokers."""
    try:
        with socket.create_connection((bind.host, bind.port), _left(deadline)) as plain:
            if settings is None or not settings.kafka_uses_tls:
                _talk(plain, settings, deadline)
            else:
                context = settings.kafka_tls.context()
                with context.wrap_socket(plain, server_hostname=bind.host) as encrypted:
                    _talk(encrypted, settings, deadline)
    except (OSError, ValueError) as error:
        raise BusError(f"{bind}: {reason_of(error)}") from None
    except _Refusal as refusal:
        raise BusError(f"{bind}: {refusal}") from None


def _talk(connection: socket.socket, settings: Settings | None, deadline: float) -> None:
    def ask(what: tuple[int, int], body: bytes) -> bytes:
        key, version = what
        connection.settimeout(_left(deadline))
        connection.sendall(_HEAD.pack(_HEAD.size - 4 + len(body), key, version, 0, -1) + body)
        size, _correlation = struct.unpack(">ii", _receive(connection, 8, deadline))
        if not 4 <= size <= _MAX_ANSWER_BYTES:
            raise _Refusal(
                "it does not answer in Kafka's words; its listener may want another COWBOY_KAFKA_SECURITY_PROTOCOL"
            )
        return _receive(connection, size - 4, deadline)

    if settings is not None and settings.kafka_uses_sasl:
        _log_in(ask, settings)
    answer = ask(_METADATA, _NO_TOPICS)
    if len(answer) < 4 or struct.unpack_from(">i", answer)[0] < 1:
        raise _Refusal("it knows of no broker, not even itself")


def _log_in(ask: Ask, settings: Settings) -> None:
    mechanism = settings.kafka_sasl_mechanism
    answer = ask(_HANDSHAKE, _packed(mechanism.encode(), ">h"))
    (code,) = struct.unpack_from(">h", answer)
    if code == _UNSUPPORTED_MECHANISM:
        raise _Refusal(f"it does not take the login by {mechanism}; correct COWBOY_KAFKA_SASL_MECHANISM")
    if code:
        raise _Refusal(f"it refuses to talk about a login (error {code} of Kafka's)")
    conversation = login(settings)
    while not conversation.is_done():
        answer = ask(_AUTHENTICATE, _packed(conversation.auth_bytes(), ">i"))
        code, length = struct.unpack_from(">hh", answer)
        if code:
            raise _Refusal(
                "it refuses the login; correct COWBOY_KAFKA_USERNAME, COWBOY_KAFKA_PASSWORD or "
                "COWBOY_KAFKA_SASL_MECHANISM"
            )
        conversation.receive(answer[4 + max(0, length) + 4 :])


class _Refusal(Exception):
    """The broker answered, but not as one that lets us in. The text is ours."""


def _packed(data: bytes, length: str) -> bytes:
    return struct.pack(length, len(data)) + data


def _receive(connection: socket.socket, size: int, deadline: float) -> bytes:
    found = b""
    while len(found) < size:
        connection.settimeout(_left(deadline))
        part = connection.recv(size - len(found))
        if not part:
            raise _Refusal("it closed the connection; its listener may want another COWBOY_KAFKA_SECURITY_PROTOCOL")
        found += part
    return found


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
