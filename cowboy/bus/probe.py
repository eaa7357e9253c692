"""A cheap question to the broker: is it there, and does it speak Kafka? It leaves nothing behind, whatever happens."""

import socket
import struct
import time

from cowboy.errors import BusError
from cowboy.settings import Bind, Settings

# Size, then Metadata (key 3), version 1, correlation id, no client id, no topics: https://kafka.apache.org/protocol.
# By hand, since kafka-python's clients leave a thread and a socket behind when the broker does not answer.
_METADATA_REQUEST = struct.pack(">ihhihi", 14, 3, 1, 0, -1, 0)
_METADATA_HEAD = struct.Struct(">iii")


def ask_broker(bind: Bind, patience_seconds: float) -> bool:
    """The broker there answers a metadata request, and knows of a broker: itself."""
    try:
        with socket.create_connection((bind.host, bind.port), patience_seconds) as connection:
            connection.sendall(_METADATA_REQUEST)
            head = connection.recv(_METADATA_HEAD.size, socket.MSG_WAITALL)
    except OSError:
        return False
    if len(head) < _METADATA_HEAD.size:
        return False
    _size, _correlation, brokers = _METADATA_HEAD.unpack(head)
    return bool(brokers > 0)


def check_brokers(settings: Settings, patience_seconds: float) -> None:
    """Raises `BusError` unless one of the bootstrap servers answers; each may take a part of the time."""
    servers = settings.kafka_bootstrap_servers.split(",")
    deadline = time.monotonic() + patience_seconds
    for server in servers:
        left = deadline - time.monotonic()
        if left > 0 and ask_broker(Bind(server), min(left, patience_seconds / min(2, len(servers)))):
            return
    raise BusError(f"no answer from {settings.kafka_bootstrap_servers}")
