"""Bots that are taught: a thread that takes lessons off the queues, as a worker would, into the product's learner."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cowboy.bots.learner import Learner
from cowboy.celery.routes import TEACH_GAME
from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.instances import queue_of
from cowboy.state.keys import Keys
from cowboy.state.state import State


@contextmanager
def pupils(settings: Settings, *instances: str) -> Iterator[list[list[object]]]:
    """Lessons of these instances are learned; what else was queued is collected: the arguments of each task."""
    others: list[list[object]] = []
    stop = threading.Event()
    thread = threading.Thread(target=_learn, args=(settings, instances, others, stop))
    thread.start()
    try:
        yield others
    finally:
        stop.set()
        thread.join()


def _learn(settings: Settings, instances: tuple[str, ...], others: list[list[object]], stop: threading.Event) -> None:
    learner = Learner(State.of(settings))
    queues = [f"{Keys(settings.key_prefix).celery_prefix}{queue_of(instance)}" for instance in instances]
    with connect(settings) as redis:
        while not stop.is_set():
            if (taken := redis.brpop(queues, timeout=0.1)) is None:
                continue
            message = json.loads(taken[1])
            arguments = json.loads(base64.b64decode(message["body"]))[0]
            if message["headers"]["task"] == TEACH_GAME:
                learner.teach(*arguments)
            else:
                others.append(arguments)
