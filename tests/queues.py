"""Celery in tests: the application on a test's own part of Redis, and what waits on its queues."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import Celery

from cowboy.celery.application import app
from cowboy.celery.broker import Broker
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import queue_of
from cowboy.state.keys import Keys


@contextmanager
def celery_on(settings: Settings) -> Iterator[Celery]:
    """The Celery application is one per process; for the block its broker is `settings`' Redis and prefix."""
    prefix = Keys(settings.key_prefix).celery_prefix
    with pytest.MonkeyPatch.context() as patch:
        broker = Broker.of(settings)
        own = {"global_keyprefix": prefix, **broker.transport_options}
        patch.setitem(app.conf, "broker_transport_options", {**app.conf.broker_transport_options, **own})
        patch.setitem(app.conf, "broker_url", broker.url)
        patch.setitem(app.conf, "broker_use_ssl", broker.use_ssl)
        _choose_connections_anew()
        try:
            yield app
        finally:
            app.pool.force_close_all()
            _choose_connections_anew()


def _choose_connections_anew() -> None:
    """Celery looks up its pools of connections once, and then holds on to them."""
    app.close()
    app.amqp._producer_pool = None


def messages(settings: Settings, redis: Redis, instance: str = "i1") -> list[dict[str, Any]]:
    """What waits on an instance's queue as Celery wrote it, oldest first."""
    key = f"{Keys(settings.key_prefix).celery_prefix}{queue_of(instance)}"
    return [json.loads(item) for item in reversed(redis.lrange(key, 0, -1))]


def waiting_turns(settings: Settings, redis: Redis, instance: str = "i1") -> list[tuple[str, str, int]]:
    """The turns that wait on an instance's queue, oldest first."""
    bodies = (base64.b64decode(message["body"]) for message in messages(settings, redis, instance))
    return [tuple(json.loads(body)[0]) for body in bodies]
