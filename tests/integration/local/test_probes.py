"""Probes tell a service that is up from one that is not, and from a mere open port."""

import http.server
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cowboy.local import probes
from cowboy.local.ports import free_binds
from cowboy.local.probes import bridge_beats, broker_answers, http_answers, instance_beats, redis_answers
from cowboy.settings import Bind, Settings
from cowboy.state.client import Redis
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from cowboy.state.presence import STAND_IN, bridges

pytestmark = pytest.mark.integration


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PATIENCE_SECONDS", 0.05)


@pytest.fixture
def mute(impatient: None) -> Iterator[Bind]:
    """An open port behind which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Bind(f"127.0.0.1:{server.getsockname()[1]}")


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[Bind]:
    """The server's address while it serves in a thread."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Bind(f"127.0.0.1:{server.server_address[1]}")
        finally:
            server.shutdown()
            thread.join()


def test_an_open_port_alone_is_no_answer(mute: Bind) -> None:
    assert not redis_answers(f"redis://{mute}/0")
    assert not broker_answers(mute)
    assert not http_answers(mute, "/health")


def test_a_closed_port_is_no_answer() -> None:
    (closed,) = free_binds(1)

    assert not redis_answers(f"redis://{closed}/0")
    assert not broker_answers(closed)
    assert not http_answers(closed, "/health")


def test_another_protocol_is_no_answer(impatient: None, redis_url: str) -> None:
    redis = Bind(redis_url.removeprefix("redis://").partition("/")[0])

    assert not broker_answers(redis)
    assert not http_answers(redis, "/health")


def test_a_server_that_hangs_up_is_no_answer() -> None:
    with serving(socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler)) as bind:
        assert not redis_answers(f"redis://{bind}/0")
        assert not broker_answers(bind)
        assert not http_answers(bind, "/health")


def test_http_answers_when_the_status_is_200() -> None:
    class Healthy(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with serving(http.server.HTTPServer(("127.0.0.1", 0), Healthy)) as bind:
        assert http_answers(bind, "/health")
        assert not http_answers(bind, "/elsewhere")


def test_an_instance_is_up_when_it_has_beaten_in_this_run(settings: Settings, redis: Redis) -> None:
    keys = Keys(settings.key_prefix)
    instances = Instances(redis, keys, dead_after_seconds=15)
    began = time.time()
    assert not instance_beats(settings.redis_url, keys, "i1", began)

    instances.beat(Instance(name="i1", capacity=2, pool="threads", concurrency=32, pid=1))

    assert instance_beats(settings.redis_url, keys, "i1", began)
    assert not instance_beats(settings.redis_url, keys, "i2", began)
    assert not instance_beats(settings.redis_url, keys, "i1", time.time() + 1)


def test_a_bridge_is_up_when_it_has_beaten_in_this_run(settings: Settings, redis: Redis) -> None:
    keys = Keys(settings.key_prefix)
    began = time.time()
    assert not bridge_beats(settings.redis_url, keys, began)

    bridges(redis, keys, lease_seconds=15).beat("b1")

    bridges(redis, keys, lease_seconds=15).beat(f"{STAND_IN}k1")

    assert bridge_beats(settings.redis_url, keys, began)
    assert not bridge_beats(settings.redis_url, keys, began, 2)
    assert not bridge_beats(settings.redis_url, keys, time.time() + 1)
