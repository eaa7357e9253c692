"""The connection to Redis: every wait bounded, text in and out."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TypeAlias

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from cowboy.errors import StateError
from cowboy.settings import Settings

Redis: TypeAlias = "redis.Redis"


def connect(settings: Settings, *, patience_seconds: float = 5, retries: int = 2) -> Redis:
    """A client with a pool of its own; thread-safe. Nothing is sent until it is used.

    `patience_seconds` is how long an answer may take; after that, so many `retries`.
    """
    return redis.Redis.from_url(
        settings.redis_url,
        decode_responses=True,
        socket_timeout=patience_seconds,
        socket_connect_timeout=min(3, patience_seconds),
        socket_keepalive=True,
        health_check_interval=10,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), retries=retries),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
    )


@contextmanager
def state_errors(doing: str) -> Iterator[None]:
    """Turns what redis-py raises into `StateError`, which says what was being done."""
    try:
        yield
    except RedisError as error:
        raise StateError(f"{doing}: {type(error).__name__}: {error}"[:500]) from error


def script(client: Redis, name: str) -> Script:
    """The Lua script `scripts/<name>.lua`; sent again by itself when Redis has forgotten it."""
    source = resources.files("cowboy.state").joinpath("scripts", f"{name}.lua").read_text(encoding="utf-8")
    return client.register_script(source)
