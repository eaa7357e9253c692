"""A real Redis that lives and refuses: its memory is full, its disk broken, its replicas are gone, a script runs on."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
import redis as redis_py
from redis.exceptions import RedisError

from cowboy.state.client import Redis
from cowboy.state.refusals import PASSING, Explained
from tests.waiting import wait_for

Trouble = Callable[[Redis, Path], AbstractContextManager[None]]
"""Redis and its data folder → a block during which it refuses."""

RUN_FOR_EVER = "while true do end"


@contextmanager
def _configured(redis: Redis, **values: str | int) -> Iterator[None]:
    names = {name: name.replace("_", "-") for name in values}
    before = {name: redis.config_get(name)[name] for name in names.values()}  # type: ignore[index]
    for field, name in names.items():
        redis.config_set(name, values[field])
    try:
        yield
    finally:
        for name, value in before.items():
            redis.config_set(name, value)


@contextmanager
def full_memory(redis: Redis, _folder: Path) -> Iterator[None]:
    with _configured(redis, maxmemory=1):
        yield


@contextmanager
def broken_disk(redis: Redis, folder: Path) -> Iterator[None]:
    """It cannot save, since its folder is gone, which stays so; afterwards a failed save counts no longer."""
    redis.config_set("appendonly", "no")
    redis.config_set("stop-writes-on-bgsave-error", "no")
    shutil.rmtree(folder)
    with _configured(redis, save="3600 1", stop_writes_on_bgsave_error="yes"):
        redis.bgsave()
        wait_for(lambda: _refusal(redis).startswith("MISCONF"))
        yield


@contextmanager
def missing_replicas(redis: Redis, _folder: Path) -> Iterator[None]:
    with _configured(redis, min_replicas_to_write=1):
        yield


@contextmanager
def replica(redis: Redis, _folder: Path) -> Iterator[None]:
    """Of a primary that nobody can reach."""
    redis.replicaof("127.0.0.1", 1)
    try:
        yield
    finally:
        redis.replicaof("NO", "ONE")


@contextmanager
def replica_without_data(redis: Redis, folder: Path) -> Iterator[None]:
    """It does not even answer questions."""
    with _configured(redis, replica_serve_stale_data="no"), replica(redis, folder):
        yield


@contextmanager
def busy_script(redis: Redis, _folder: Path) -> Iterator[None]:
    where = redis.connection_pool.connection_kwargs

    def run() -> None:
        # A client that waits as long as it takes: one that gave up would send the script again.
        with suppress(RedisError), redis_py.Redis(host=where["host"], port=where["port"], retry=None) as patient:
            patient.eval(RUN_FOR_EVER, 0)

    with _configured(redis, busy_reply_threshold=100):
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            wait_for(lambda: "BUSY" in _refusal(redis))
            yield
        finally:
            redis.script_kill()
            thread.join(30)


TROUBLES: dict[str, Trouble] = {
    "OOM": full_memory,
    "MISCONF": broken_disk,
    "NOREPLICAS": missing_replicas,
    "READONLY": replica,
    "MASTERDOWN": replica_without_data,
    "BUSY": busy_script,
}
"""By what Redis answers."""


def said(answer: str) -> set[Explained]:
    """How that may be said: a replica that has no data says of a write that it takes none."""
    return {PASSING[answer], PASSING["READONLY" if answer == "MASTERDOWN" else answer]}


def _refusal(redis: Redis) -> str:
    try:
        redis.set("probe", 1, px=1)
    except RedisError as error:
        return str(error)
    return ""


troubles = pytest.mark.parametrize(("answer", "trouble"), TROUBLES.items(), ids=TROUBLES)
