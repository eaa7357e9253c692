"""Is a service up? Small questions, answered within about a second; none raises for a service that is down.

An open port is not an answer: a server may listen before it can serve.
"""

import http.client
import socket
import struct
from collections.abc import Callable

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from cowboy.settings import Bind
from cowboy.state.keys import Keys

PATIENCE_SECONDS = 1.0

# Size, then Metadata (key 3), version 1, correlation id, no client id, no topics: https://kafka.apache.org/protocol.
# By hand, since kafka-python's clients leave a thread and a socket behind when the broker does not answer.
_METADATA_REQUEST = struct.pack(">ihhihi", 14, 3, 1, 0, -1, 0)
_METADATA_HEAD = struct.Struct(">iii")


def redis_answers(url: str) -> bool:
    """Redis answers PING; not yet while it loads its file."""
    return _ask_redis(url, lambda redis: redis.ping())


def broker_answers(bind: Bind) -> bool:
    """The broker answers a metadata request, and knows of a broker: itself."""
    try:
        with socket.create_connection((bind.host, bind.port), PATIENCE_SECONDS) as connection:
            connection.sendall(_METADATA_REQUEST)
            head = connection.recv(_METADATA_HEAD.size, socket.MSG_WAITALL)
    except OSError:
        return False
    if len(head) < _METADATA_HEAD.size:
        return False
    _size, _correlation, brokers = _METADATA_HEAD.unpack(head)
    return bool(brokers > 0)


def http_answers(bind: Bind, path: str) -> bool:
    """`GET path` answers 200."""
    connection = http.client.HTTPConnection(bind.host, bind.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def instance_beats(url: str, keys: Keys, instance: str, since: float) -> bool:
    """The worker instance has said since then (seconds since 1970) that it lives; an earlier run does not count."""
    return _ask_redis(url, lambda redis: (redis.zscore(keys.instance_beats, instance) or 0.0) >= since)


def bridge_beats(url: str, keys: Keys, since: float) -> bool:
    """Some bridge has said since then (seconds since 1970) that it lives."""
    return _ask_redis(url, lambda redis: redis.zcount(keys.bridges, since, "+inf"))


def _ask_redis(url: str, question: Callable[[Redis], object]) -> bool:
    with Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),  # whoever asks, asks again anyway
    ) as redis:
        try:
            return bool(question(redis))
        except RedisError:
            return False
