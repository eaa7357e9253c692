"""Causes the faults of the schedule on the running processes, and records them."""

import heapq
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from cowboy.chaos.faults import BROKER, WORKER, Effect, Fault
from cowboy.chaos.fuzzer import Fuzzer
from cowboy.chaos.provider import Provider
from cowboy.chaos.recorder import Recorder
from cowboy.chaos.system import System
from cowboy.chaos.traps import Sprung, Traps
from cowboy.errors import StateError

Seat = tuple[str, str]
"""(game, player)."""


@dataclass
class Happened:
    """A fault that came about. Times are seconds since 1970.

    `seats` are those whose bots were on the worker that it hit, as far as that could be read at the time; `turn` is
    (game, turn) where the fault was aimed at one.
    """

    fault: Fault
    began: float
    ended: float
    seats: frozenset[Seat] = frozenset()
    turn: tuple[str, int] | None = None


class Nemesis:
    """Not thread-safe: it belongs to the thread that tends the supervisor."""

    def __init__(  # noqa: PLR0913, PLR0917  # all that can be harmed
        self,
        faults: Iterator[Fault],
        system: System,
        recorder: Recorder,
        fuzzer: Fuzzer,
        provider: Provider,
        hosted: Callable[[str], list[Seat]],
    ) -> None:
        self.happened: list[Happened] = []
        self._faults = faults
        self._next = next(faults, None)
        self._supervisor = system.supervisor
        self._traps = Traps(system.traps)
        self._recorder = recorder
        self._fuzzer = fuzzer
        self._provider = provider
        self._hosted = hosted
        self._servers = system.servers
        self._away: dict[str, list[Happened]] = {server: [] for server in system.servers}
        self._set: list[Fault] = []
        self._endings: list[tuple[float, int, Callable[[], None]]] = []
        self._posting = ThreadPoolExecutor(1, "fuzzer")
        self._began = time.time()

    def begin(self) -> None:
        """The schedule's clock starts."""
        self._began = time.time()

    def tick(self) -> None:
        """Cause the faults that are due, and end those that are over."""
        self._follow_traps()
        self._follow_servers()
        self._end_what_is_over(time.time())
        while self._next is not None and time.time() - self._began >= self._next.at_seconds:
            self._bring_about(self._next)
            self._next = next(self._faults, None)

    def relent(self) -> None:
        """End all faults. No new one begins after this. It can be repeated."""
        self._follow_traps()
        self._end_what_is_over(float("inf"))
        self._posting.shutdown()

    def _bring_about(self, fault: Fault) -> None:
        match fault.kind.effect:
            case Effect.KILL:
                self._kill(fault)
            case Effect.STOP:
                self._stop(fault)
            case Effect.TRAP:
                self._traps.put(len(self._set), instance_on(fault.target), fault.kind.name, fault.duration_seconds)
                self._set.append(fault)
            case Effect.MODEL:
                self._provider.misbehaving = True
                self._until(self._note(fault).ended, self._behave)
            case Effect.MESSAGES:
                self._note(fault)
                self._posting.submit(self._fuzzer.send, list(self._recorder.games.values()), fault.seed)

    def _kill(self, fault: Fault) -> None:
        pid = self._supervisor.pid(fault.target)
        if pid is None:
            return  # dead already
        happened = self._note(fault)
        os.kill(pid, signal.SIGKILL)
        if fault.target in self._away:
            self._away[fault.target].append(happened)
        if fault.kind.role == BROKER:
            self._recorder.broker_was_killed()

    def _stop(self, fault: Fault) -> None:
        pid = self._supervisor.pid(fault.target)
        if pid is not None:
            happened = self._note(fault)
            os.kill(pid, signal.SIGSTOP)
            self._until(happened.ended, partial(self._wake, fault.target, pid))

    def _note(self, fault: Fault, sprung: Sprung | None = None) -> Happened:
        began = time.time() if sprung is None else sprung.at
        turn = None if sprung is None else (sprung.game_id, sprung.turn_no)
        happened = Happened(fault, began, began + fault.duration_seconds, self._seats(fault), turn)
        self.happened.append(happened)
        return happened

    def _seats(self, fault: Fault) -> frozenset[Seat]:
        """Of a worker that is hit. Only to tell whom that concerned: nothing is judged by it."""
        if fault.kind.role == WORKER:
            with suppress(StateError):
                return frozenset(self._hosted(instance_on(fault.target)))
        return frozenset()

    def _follow_traps(self) -> None:
        for sprung in self._traps.sprung():
            fault = self._set[sprung.number]
            happened = self._note(fault, sprung)
            if sprung.duration_seconds:
                self._until(happened.ended, partial(self._wake, fault.target, sprung.pid))

    def _follow_servers(self) -> None:
        """A server that was killed is away until it has read what it kept, and answers."""
        for server, away in self._away.items():
            if away:
                back = self._servers[server].ready()
                for happened in away:
                    happened.ended = time.time()
                if back:
                    away.clear()

    def _behave(self) -> None:
        self._provider.misbehaving = False

    def _wake(self, target: str, pid: int) -> None:
        if self._supervisor.pid(target) == pid:  # else it was killed meanwhile, and the number may be another's
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _until(self, moment: float, ending: Callable[[], None]) -> None:
        heapq.heappush(self._endings, (moment, len(self.happened), ending))

    def _end_what_is_over(self, now: float) -> None:
        while self._endings and self._endings[0][0] <= now:
            heapq.heappop(self._endings)[2]()


def instance_on(service: str) -> str:
    """The instance that a worker's service hosts: worker-i1 has i1."""
    return service.removeprefix(f"{WORKER}-")
