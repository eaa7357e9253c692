"""Makes a Celery worker an instance: its main process sends heartbeats to Redis while it consumes.

The instance's name is that of the queue it was started with: `-Q bots.i1` makes it `i1`. When it is asked to stop it
takes no more bots, and the keeper moves those it has to others. Another worker that was started under its name before
that is another incarnation of the instance, and keeps its bots.
"""

import os
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import structlog
from celery import Celery, bootsteps
from celery.signals import celeryd_init, worker_shutdown, worker_shutting_down

from cowboy.brains.llm.langsmith_internals import FLUSH_SECONDS, flush_traces
from cowboy.celery.renewal import keep_characters
from cowboy.errors import BadPlugin, BadSetting, StateError
from cowboy.liveness.vitals import Vitals
from cowboy.models.profiles import load_profiles
from cowboy.models.prompts import load_prompts
from cowboy.models.tracing import load_tracing
from cowboy.process.logs import tell_refusal
from cowboy.process.milliseconds import epoch_ms
from cowboy.settings import settings
from cowboy.state.instances import Instance, instance_of, told_apart
from cowboy.state.state import state

log = structlog.get_logger(__name__)

INCARNATION = uuid4().hex
"""The incarnation of this process: bots that another process has taught have to be taught again."""


class Registration(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
    """A step of the consumer, so that it begins anew after each reconnection (which clears all timers)."""

    requires = {"celery.worker.consumer:Tasks"}  # noqa: RUF012  # Celery's way to declare it

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        current = settings()
        self._instances = state().instances
        self._vitals = Vitals(
            state(), f"worker {' '.join(instance.name for instance in hosted(consumer))}", INCARNATION
        )
        # The loop that consumes says when; it must not stand still while Redis does not answer.
        self._thread = ThreadPoolExecutor(1, "heartbeat")
        self._beating: Future[None] | None = None
        self._interval_seconds = current.heartbeat_seconds
        self._timer: Any = None
        self._held: list[Instance] = []
        self._speaking = threading.Lock()
        self._began_ms = 0
        self._is_leaving = self._has_left = False
        self._incarnations: dict[str, list[Instance]] = {}

    def start(self, consumer: Any) -> None:
        self._held = hosted(consumer)
        if not self._held:
            log.warning("worker_hosts_no_bots", remedy="start it with a queue of its own, such as -Q bots.i1")
            return
        self._beat()
        keep_characters(state(), [instance.name for instance in self._held])
        self._timer = consumer.timer.call_repeatedly(self._interval_seconds, self._beat_aside)
        log.info("instance_registered", instances=[instance.name for instance in self._held], incarnation=INCARNATION)
        # Signals are sent from a signal handler: what they start must not wait for anything.
        worker_shutting_down.connect(
            lambda **_: threading.Thread(target=self._drain).start(), weak=False, dispatch_uid="drain"
        )
        worker_shutdown.connect(lambda **_: self._leave(), weak=False, dispatch_uid="leave")

    def stop(self, _: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _beat_aside(self) -> None:
        """Raises what the beat before raised: nothing that was foreseen."""
        if self._beating is None or self._beating.done():
            last, self._beating = self._beating, self._thread.submit(self._beat)
            if last is not None:
                last.result()

    def _beat(self) -> None:
        with self._speaking:
            if self._has_left:  # it would come back to life
                return
            try:
                self._vitals.beat()
                self._began_ms = self._began_ms or epoch_ms(self._vitals.clock.now())
                for instance in self._held:
                    present = instance.model_copy(
                        update={
                            "began_ms": self._began_ms,
                            "leaving": self._is_leaving,
                            "mute": self._vitals.is_mute,
                        }
                    )
                    self._look_at(instance.name, self._instances.beat(present))
            except StateError as error:
                log.warning("heartbeat_waits", error=str(error))

    def _look_at(self, name: str, incarnations: list[Instance]) -> None:
        """Say so once, when several workers have been given one name."""
        present = [one.incarnation for one in incarnations]
        if len(incarnations) > 1 and present != [one.incarnation for one in self._incarnations.get(name, [])]:
            log.warning(
                "instance_doubled",
                instance=name,
                workers=told_apart({name: incarnations}),
                remedy="give each worker a queue of its own; the bots are the first one's",
            )
        self._incarnations[name] = incarnations

    def _drain(self) -> None:
        """From now on each heartbeat says that this incarnation is about to stop."""
        self._is_leaving = True
        self._beat()
        log.info("instance_draining", instances=[instance.name for instance in self._held])

    def _leave(self) -> None:
        with self._speaking:
            self._has_left = True
            try:
                self._vitals.leave()
                for instance in self._held:
                    self._instances.leave(instance.name, INCARNATION)
            except StateError as error:
                log.warning("deregistration_failed", error=str(error))


def _check_files(**_: Any) -> None:
    """A worker whose files about models cannot be used does not start."""
    try:
        for load in (load_profiles, load_prompts, load_tracing):
            load(settings())
        state().listeners  # noqa: B018  # built here, or refused
    except (BadSetting, BadPlugin) as error:
        tell_refusal(error)
        # Celery logs and forgets whatever else a signal's receiver raises.
        raise SystemExit(1) from None


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
            host=socket.gethostname(),
            incarnation=INCARNATION,
        )
        for name in names
    ]


def register_instance(app: Celery) -> None:
    """Make every worker of this application an instance, which leaves nothing unsent when it ends."""
    celeryd_init.connect(_check_files, weak=False, dispatch_uid="files")
    worker_shutdown.connect(_flush, weak=False, dispatch_uid="flush")
    app.steps["consumer"].add(Registration)
