"""The connection to Redis: shared by many threads, and bounded all the same."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Barrier

import pytest
from redis.sentinel import MasterNotFoundError

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


class Failing(StreamRequestHandler):
    """A Sentinel that hears a question and hangs up."""

    def handle(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]


def test_a_sentinel_that_fails_is_asked_once_and_then_the_next_one() -> None:
    """Not ten times again with a rest in between: a turn would be over."""
    with ExitStack() as stack:
        sentinels = [stack.enter_context(ThreadingTCPServer(("127.0.0.1", 0), Failing)) for _ in range(3)]
        for sentinel in sentinels:
            sentinel.asked = 0
            threading.Thread(target=sentinel.serve_forever, args=(0.01,)).start()
            stack.callback(sentinel.shutdown)
        hosts = ",".join(f"127.0.0.1:{sentinel.server_address[1]}" for sentinel in sentinels)
        client = stack.enter_context(connect(Settings(redis_url=f"sentinel://{hosts}/main/0"), retries=0))
        with pytest.raises(MasterNotFoundError):
            client.ping()
        assert [sentinel.asked for sentinel in sentinels] == [1, 1, 1]
