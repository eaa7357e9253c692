"""What makes a Celery worker an instance: it says so in Redis, from its main process's timer, while it consumes.

The instance's name is that of the queue it was started with: `-Q bots.i1` makes it `i1`. When it is asked to stop it
takes no more bots, and the keeper moves those it has to others.
"""

import os
import threading
from typing import Any
from uuid import uuid4

import structlog
from celery import Celery, bootsteps
from celery.signals import celeryd_init, worker_shutdown, worker_shutting_down

from cowboy.brains.llm.traces import FLUSH_SECONDS, flush_traces
from cowboy.errors import BadSetting, StateError
from cowboy.profiles import load_profiles
from cowboy.prompts import load_prompts
from cowboy.settings import settings
from cowboy.state.client import connect
from cowboy.state.instances import Closure, Instance, Instances, instance_of
from cowboy.state.keys import Keys
from cowboy.tracing import load_tracing

log = structlog.get_logger(__name__)

LIFE = uuid4().hex
"""Of this process: what bots were taught by another one, they do not know here."""


BEAT_PATIENCE_SECONDS = 1.0


class Registration(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
    """A step of the consumer, so that it begins anew after each reconnection (which clears all timers)."""

    requires = {"celery.worker.consumer:Tasks"}  # noqa: RUF012  # Celery's way to declare it

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        current = settings()
        # Beats are sent from the loop that consumes: it must not stand still for long.
        redis = connect(current, patience_seconds=BEAT_PATIENCE_SECONDS)
        self._instances = Instances(redis, Keys(current.key_prefix), current.dead_after_seconds)
        self._interval_seconds = current.heartbeat_seconds
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        held = hosted(consumer)
        if not held:
            log.warning("worker_hosts_no_bots", remedy="start it with a queue of its own, such as -Q bots.i1")
            return
        self._begin(held)
        self._timer = consumer.timer.call_repeatedly(self._interval_seconds, self._beat, (held,))
        log.info("instance_registered", instances=[instance.name for instance in held], life=LIFE)
        # Signals are sent from a signal handler: what they start must not wait for anything.
        worker_shutting_down.connect(
            lambda **_: threading.Thread(target=self._drain, args=(held,)).start(), weak=False, dispatch_uid="drain"
        )
        worker_shutdown.connect(lambda **_: self._leave(held), weak=False, dispatch_uid="leave")

    def stop(self, _: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self, held: list[Instance]) -> None:
        """The life before this one may have been draining."""
        try:
            draining = {name for name, why in self._instances.closed().items() if why == Closure.DRAINING}
            for name in draining & {instance.name for instance in held}:
                self._instances.open(name)
        except StateError as error:
            log.warning("registration_failed", error=str(error))
        self._beat(held)

    def _beat(self, held: list[Instance]) -> None:
        try:
            for instance in held:
                self._instances.beat(instance)
        except StateError as error:
            log.warning("heartbeat_failed", error=str(error))

    def _drain(self, held: list[Instance]) -> None:
        try:
            for instance in held:
                self._instances.close(instance.name, Closure.DRAINING)
                log.info("instance_draining", instance=instance.name)
        except StateError as error:
            log.warning("draining_failed", error=str(error))

    def _leave(self, held: list[Instance]) -> None:
        try:
            for instance in held:
                self._instances.leave(instance.name)
        except StateError as error:
            log.warning("deregistration_failed", error=str(error))


def _check_files(**_: Any) -> None:
    """A worker whose files about models cannot be used does not start."""
    try:
        for load in (load_profiles, load_prompts, load_tracing):
            load(settings())
    except BadSetting as error:
        # Celery logs and forgets whatever else a signal's receiver raises.
        raise SystemExit(f"Error: {error}") from None


def _flush(**_: Any) -> None:
    if not flush_traces():
        log.warning("traces_lost", waited_seconds=FLUSH_SECONDS)


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
            life=LIFE,
        )
        for name in names
    ]


def register_instance(app: Celery) -> None:
    """Make every worker of this application an instance, which leaves nothing unsent when it ends."""
    celeryd_init.connect(_check_files, weak=False, dispatch_uid="files")
    worker_shutdown.connect(_flush, weak=False, dispatch_uid="flush")
    app.steps["consumer"].add(Registration)
