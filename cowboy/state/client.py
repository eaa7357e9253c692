"""The connection to Redis: every wait bounded, text in and out."""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any, NamedTuple, TypeAlias

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from cowboy.errors import StateError, StateRefused
from cowboy.settings import Settings
from cowboy.state.connection import connection_pool
from cowboy.state.keys import Keys
from cowboy.state.refusals import PASSING, Explained, explain, refusal_of

Redis: TypeAlias = "redis.Redis"

CONNECTIONS = 32
"""The most that one client opens. A call takes far less than a millisecond, so they serve hundreds of threads."""


PROBE_KEPT_MS = 100


def connect(settings: Settings, *, patience_seconds: float = 2.5, retries: int = 2) -> Redis:
    """A client with a pool of its own; thread-safe. Nothing is sent until it is used.

    `patience_seconds` is how long an answer may take; after that, so many `retries`.
    """
    pool = connection_pool(
        settings,
        # A thread that finds none free waits for one. redis-py's default pool raises an error instead.
        max_connections=CONNECTIONS,
        timeout=patience_seconds,
        decode_responses=True,
        socket_timeout=patience_seconds,
        socket_connect_timeout=min(3, patience_seconds),
        health_check_interval=10,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), retries=retries),
        # A replica takes no writes. The former primary may be one by now; a new connection finds the present one.
        retry_on_error=[RedisConnectionError, RedisTimeoutError, ReadOnlyError],
    )
    return redis.Redis.from_pool(pool)


@contextmanager
def state_errors(doing: str) -> Iterator[None]:
    """Turns what redis-py raises into `StateError`, which says what was being done."""
    try:
        yield
    except RedisError as error:
        raise state_error(doing, error) from error


def state_error(doing: str, error: BaseException) -> StateError:
    """The error of ours for a failure of Redis, or of a library that talks to it for us."""
    kind = StateRefused if refusal_of(error) in PASSING else StateError
    return kind(f"{doing}: Redis {explain(error)}")


def refused_write(client: Redis, keys: Keys) -> Explained | None:
    """Why Redis takes no writes although it answers, or None if it does take them. Raises `StateError`.

    It writes a key that lives for a moment, since only a write shows the reason.
    """
    try:
        with state_errors("asking Redis"):
            client.set(keys.probe, 1, px=PROBE_KEPT_MS)
    except StateRefused as refused:
        return explain(refused.__cause__ or refused)
    return None


class _Script(Script):
    """redis-py's script that leaves a connection to a replica."""

    def __init__(self, client: Redis, text: str) -> None:
        super().__init__(client, text)
        self._client = client

    def __call__(self, *args: Any, **options: Any) -> Any:
        with _no_longer_with_a_replica(self._client):
            return super().__call__(*args, **options)


def script(client: Redis, name: str) -> Script:
    """The Lua script `scripts/<name>.lua`; sent again by itself when Redis has forgotten it.

    A line `-- include <part>` in it stands for the text of `scripts/shared/<part>.lua`.
    """
    return _Script(client, _whole(name))


_INCLUDE = re.compile(r"^-- include (\w+)$", re.MULTILINE)


@functools.cache
def _whole(name: str) -> str:
    return _INCLUDE.sub(lambda line: _source(f"shared/{line[1]}"), _source(name))


def _source(name: str) -> str:
    return resources.files("cowboy.state").joinpath("scripts", f"{name}.lua").read_text(encoding="utf-8")


class Call(NamedTuple):
    """A call of a script that has not been made.

    If it has `on_error`, that is told of a failure, and nothing is raised.
    """

    script: Script
    keys: Sequence[str]
    args: Sequence[str | bytes | int | float]
    on_error: Callable[[Exception], None] | None = None


def call_all(client: Redis, calls: Iterable[Call]) -> list[Any]:
    """The answers to many calls, in their order. One round trip, as long as Redis has the scripts."""
    # redis-py's own pipeline first asks, each time, whether Redis has the scripts; this one does not.
    waiting = list(calls)
    with _no_longer_with_a_replica(client):
        answers = _call_all(client, waiting)
        if forgotten := [number for number, answer in enumerate(answers) if isinstance(answer, NoScriptError)]:
            for text in {waiting[number].script.script for number in forgotten}:
                client.script_load(text)
            made_again = _call_all(client, [waiting[number] for number in forgotten])
            for number, answer in zip(forgotten, made_again, strict=True):
                answers[number] = answer
        for call, answer in zip(waiting, answers, strict=True):
            if isinstance(answer, Exception):
                if call.on_error is None:
                    raise answer
                call.on_error(answer)
    return answers


def _call_all(client: Redis, calls: Iterable[Call]) -> list[Any]:
    with client.pipeline(transaction=False) as pipeline:
        for call in calls:
            pipeline.evalsha(call.script.sha, len(call.keys), *call.keys, *call.args)
        return pipeline.execute(raise_on_error=False)


@contextmanager
def _no_longer_with_a_replica(client: Redis) -> Iterator[None]:
    """Give up the connections to a server that refuses a script because it is a replica.

    redis-py does not notice it for Redis before 7, which names the reason only within the text of the error.
    """
    try:
        yield
    except ResponseError as error:
        if "READONLY" in str(error):
            client.connection_pool.disconnect(inuse_connections=False)
        raise
