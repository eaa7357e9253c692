"""The connection to Redis: shared by many threads, and bounded all the same."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from cowboy.settings import Settings
from cowboy.state.client import CONNECTIONS, Redis, connect

pytestmark = pytest.mark.integration

THREADS = 200
"""More than the connections there are, and than a pool of redis-py allows by itself."""


def test_threads_that_find_no_connection_free_wait_for_one(settings: Settings, redis: Redis) -> None:
    together = Barrier(THREADS)
    key = f"{settings.key_prefix}calls"
    with connect(settings) as client:

        def call(_: int) -> None:
            together.wait(30)
            for _ in range(5):
                client.incr(key)

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(call, range(THREADS)))
        pool = client.connection_pool
        assert len(pool._connections) <= CONNECTIONS
    assert redis.get(key) == str(THREADS * 5)
