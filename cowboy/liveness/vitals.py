"""Vitals: the heartbeat of a process, with its clock and whether it can send to Kafka and read."""

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol
from weakref import WeakSet

import structlog

from cowboy.bus.trouble import Trouble
from cowboy.errors import StateError
from cowboy.process.descriptors import descriptors
from cowboy.process.health_file import health_file
from cowboy.process.service import repeating
from cowboy.state.clock import RedisClock
from cowboy.state.processes import ProcessSheet
from cowboy.state.state import State

log = structlog.get_logger(__name__)


CUT_OFF_AFTER = timedelta(seconds=3)
"""A process that could not send or read for so long says so. Brokers that change their leader take less."""


class Reader(Protocol):
    """What reads from Kafka: `cowboy.bus.consumer.Hearing`."""

    @property
    def trouble(self) -> Trouble | None: ...


class Sender(Reader, Protocol):
    """What sends to Kafka: `cowboy.bus.producer.Producer`."""

    def probe(self) -> bool: ...


_senders: WeakSet[Sender] = WeakSet()
_readers: WeakSet[Reader] = WeakSet()


def watch(sender: Sender) -> None:
    """Have the vitals of this process tell whether this one can send, for as long as it is in use."""
    _senders.add(sender)


def watch_reader(reader: Reader) -> None:
    """The same for one that reads."""
    _readers.add(reader)


class Vitals:
    """Of one process. `clock` is Redis's, as good as the last beat. `name` is one that no other process has.

    `address` is where it listens for people, if it does.
    """

    def __init__(self, state: State, kind: str, name: str, address: str = "") -> None:
        self.clock = RedisClock(state.redis)
        self._part = health_file().begin()
        self._prober: threading.Thread | None = None
        self._processes = state.processes
        self._last = ProcessSheet(kind=kind, name=name, host=socket.gethostname(), pid=os.getpid(), address=address)

    @property
    def is_mute(self) -> bool:
        """Whether the process could not send to Kafka at its last beat, and for a while before."""
        return self._last.mute_since is not None

    def beat(self) -> None:
        """Say how the process is. To be repeated with every heartbeat. Raises `StateError`.

        While it beats, and can send and read, its health file is touched.
        """
        mute, deaf = self._sending_trouble(), _lasting(reader.trouble for reader in list(_readers))
        limit, held = descriptors()
        changes = {
            "skew_seconds": round(self.clock.look(), 3),
            "descriptor_limit": limit,
            "descriptors": held,
            "mute_since": mute.since if mute else None,
            "mute_why": mute.reason if mute else "",
            "deaf_since": deaf.since if deaf else None,
            "deaf_why": deaf.reason if deaf else "",
        }
        sheet = self._last.model_copy(update=changes)
        _tell_change("send", self._last.mute_since is not None, mute)
        _tell_change("read", self._last.deaf_since is not None, deaf)
        if sheet.is_skewed != self._last.is_skewed:
            tell = log.warning if sheet.is_skewed else log.info
            tell("clock_skewed" if sheet.is_skewed else "clock_in_step", ahead_of_redis_seconds=sheet.skew_seconds)
        self._last = sheet
        self._processes.beat(sheet)
        if mute is None and deaf is None:
            self._part.worked()

    def _sending_trouble(self) -> Trouble | None:
        """What keeps the process from sending, if it has lasted."""
        troubled = [sender for sender in _senders if sender.trouble is not None]
        if troubled and (self._prober is None or not self._prober.is_alive()):
            # A process without anything to send learns only thus that it could again. It may take a second.
            self._prober = threading.Thread(target=lambda: [sender.probe() for sender in troubled], daemon=True)
            self._prober.start()
        return _lasting(sender.trouble for sender in troubled)

    def leave(self) -> None:
        """The process ends. Safe when repeated, and when Redis is away."""
        self._part.end()
        with suppress(StateError):
            self._processes.leave(self._last.name)


def _lasting(troubles: Iterable[Trouble | None]) -> Trouble | None:
    """The first of those that have lasted."""
    now = datetime.now(UTC)
    found = [trouble for trouble in troubles if trouble and now - trouble.since >= CUT_OFF_AFTER]
    return min(found, key=lambda trouble: trouble.since, default=None)


def _tell_change(doing: str, could_not: bool, trouble: Trouble | None) -> None:
    if trouble is not None and not could_not:
        log.warning(f"cannot_{doing}", reason=trouble.reason, since=trouble.since.isoformat())
    elif trouble is None and could_not:
        log.info(f"can_{doing}_again")


@contextmanager
def beating(vitals: Vitals, every_seconds: float) -> Iterator[None]:
    """While the block lasts, beat in a thread: for a process whose other work is to answer requests."""
    with suppress(StateError):
        vitals.clock.look()  # from the first request on the clock is Redis's
    try:
        with repeating(vitals.beat, kind="heartbeat", rest_seconds=every_seconds):
            yield
    finally:
        vitals.leave()
