"""Checks whether a service is up. Each takes about a second at most, and none raises for a service that is down.

An open port is not an answer: a server may listen before it can serve.
"""

import http.client
from collections.abc import Callable

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from cowboy.bus.probe import ask_broker
from cowboy.settings import Bind
from cowboy.state.keys import Keys
from cowboy.state.presence import is_stand_in

PATIENCE_SECONDS = 1.0


def redis_answers(url: str) -> bool:
    """Redis answers PING; not yet while it loads its file."""
    return _ask_redis(url, lambda redis: redis.ping())


def broker_answers(bind: Bind) -> bool:
    """The broker answers a metadata request, and knows of a broker: itself."""
    return ask_broker(bind, PATIENCE_SECONDS)


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


def bridge_beats(url: str, keys: Keys, since: float, count: int = 1) -> bool:
    """So many bridges have said since then (seconds since 1970) that they live. Stand-ins do not count."""

    def enough(redis: Redis) -> bool:
        names = map(str, redis.zrangebyscore(keys.bridges, since, "+inf"))
        return sum(not is_stand_in(name) for name in names) >= count

    return _ask_redis(url, enough)


def keeper_beats(url: str, keys: Keys, since: float, count: int = 1) -> bool:
    """So many keepers have said since then (seconds since 1970) that they live."""
    return _ask_redis(url, lambda redis: redis.zcount(keys.keepers, since, "+inf") >= count)


def _ask_redis(url: str, question: Callable[[Redis], object]) -> bool:
    with Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),  # the callers ask again anyway
    ) as redis:
        try:
            return bool(question(redis))
        except RedisError:
            return False
