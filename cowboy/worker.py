"""What makes a Celery worker an instance: it says so in Redis, from its main process's timer, while it consumes.

The instance's name is that of the queue it was started with: `-Q bots.i1` makes it `i1`.
"""

import os
from typing import Any

import structlog
from celery import Celery, bootsteps
from celery.signals import worker_shutdown

from cowboy.errors import StateError
from cowboy.settings import settings
from cowboy.state.client import connect
from cowboy.state.instances import Instance, Instances, instance_of
from cowboy.state.keys import Keys

log = structlog.get_logger(__name__)


class Registration(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
    """A step of the consumer, so that it begins anew after each reconnection (which clears all timers)."""

    requires = {"celery.worker.consumer:Tasks"}  # noqa: RUF012  # Celery's way to declare it

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        current = settings()
        self._instances = Instances(connect(current), Keys(current.key_prefix), current.dead_after_seconds)
        self._interval_seconds = current.heartbeat_seconds
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        held = hosted(consumer)
        if not held:
            log.warning("worker_hosts_no_bots", remedy="start it with a queue of its own, such as -Q bots.i1")
            return
        self._beat(held)
        self._timer = consumer.timer.call_repeatedly(self._interval_seconds, self._beat, (held,))
        log.info("instance_registered", instances=[instance.name for instance in held])
        worker_shutdown.connect(lambda **_: self._leave(held), weak=False, dispatch_uid="cowboy-leave")

    def stop(self, _: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _beat(self, held: list[Instance]) -> None:
        try:
            for instance in held:
                self._instances.beat(instance)
        except StateError as error:
            log.warning("heartbeat_failed", error=str(error))

    def _leave(self, held: list[Instance]) -> None:
        try:
            for instance in held:
                self._instances.leave(instance.name)
        except StateError as error:
            log.warning("deregistration_failed", error=str(error))


def hosted(consumer: Any) -> list[Instance]:
    """The instances that a worker is, by the queues it consumes."""
    names = filter(None, (instance_of(queue) for queue in consumer.app.amqp.queues.consume_from))
    return [
        Instance(
            name=name,
            capacity=settings().bots_per_instance_capacity,
            pool=str(consumer.app.conf.worker_pool),
            concurrency=consumer.controller.concurrency,
            pid=os.getpid(),
        )
        for name in names
    ]


def register_instance(app: Celery) -> None:
    """Make every worker of this application an instance."""
    app.steps["consumer"].add(Registration)
