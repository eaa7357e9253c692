"""Readiness: can bots be assigned and decide, and is everything else as it should be?

The three outsiders (Redis, broker, game manager) are asked at the same time, each with little patience, and what they
said is good for a moment: a probe every second costs next to nothing.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cowboy.arena.outbox import outbox_age
from cowboy.bots.queries import Queries
from cowboy.bus.probe import check_brokers
from cowboy.clients.game_manager import GameManager
from cowboy.errors import WorldError
from cowboy.state.bindings import BindingStatus
from cowboy.state.client import refused_write
from cowboy.state.instances import told_apart
from cowboy.state.presence import is_stand_in
from cowboy.state.processes import told_deaf, told_mute, told_skew
from cowboy.state.refusals import explain
from cowboy.state.state import State

PATIENCE_SECONDS = 1.0
"""For one answer of one outsider."""
ALTOGETHER_SECONDS = 2.5
"""A probe of an orchestrator often waits 3 s."""
GOOD_FOR_SECONDS = 2.0
DRAINED_WITHIN = timedelta(seconds=5)
"""An event stands on its topic within some ms."""
OVERDUE = timedelta(seconds=5)
"""The keeper looks several times a second."""


class Check(NamedTuple):
    """`details` may name games and hosts, `problem` does not. `since` is when a probe first saw it."""

    problem: str | None = None
    details: str | None = None
    since: datetime | None = None

    @property
    def ok(self) -> bool:
        return self.problem is None

    def why(self, *, named: bool) -> str | None:
        """What is wrong, with names or without."""
        return f"{self.problem}: {self.details}"[:500] if named and self.problem and self.details else self.problem


class Report(NamedTuple):
    checks: Mapping[str, Check]

    @property
    def ready(self) -> bool:
        return all(self.checks[name].ok for name in _NEEDED)

    @property
    def degraded(self) -> bool:
        return not all(check.ok for check in self.checks.values())


_NEEDED = ("redis", "instances")
_BY_REDIS = ("redis", "instances", "bridge", "keeper", "processes", "outbox", "bots", "lessons", "characters")
_ORDER = ("redis", "broker", "game_manager", *_BY_REDIS[1:])
_SILENT = Check("no answer in time")


class Readiness:
    """Thread-safe."""

    def __init__(self, state: State, game_manager: GameManager) -> None:
        self._settings = state.settings
        self._game_manager = game_manager
        self._redis, self._keys = state.redis, state.keys
        self._queries = Queries(state)
        self._sheets = state.processes
        self._registry = state.instances
        self._bridges = state.bridges
        self._keepers = state.keepers
        self._lessons = state.lessons
        self._characters = state.characters
        self._pool = ThreadPoolExecutor(3, "readiness")
        self._turn = threading.Lock()
        self._last: tuple[float, Report] | None = None
        self._since: dict[str, datetime] = {}

    def report(self) -> Report:
        """As things stand, or stood a moment ago."""
        with self._turn:
            if self._last is None or time.monotonic() - self._last[0] > GOOD_FOR_SECONDS:
                self._last = (time.monotonic(), self._look())
            return self._last[1]

    def _look(self) -> Report:
        asked = (
            self._pool.submit(self._ask_redis),
            self._pool.submit(_ask, "broker", lambda: check_brokers(self._settings, PATIENCE_SECONDS)),
            self._pool.submit(_ask, "game_manager", lambda: self._game_manager.check(PATIENCE_SECONDS)),
        )
        wait(asked, ALTOGETHER_SECONDS)
        checks = {name: check for one in asked if one.done() for name, check in one.result().items()}
        return Report({name: self._dated(name, checks.get(name, _SILENT)) for name in _ORDER})

    def _dated(self, name: str, check: Check) -> Check:
        if check.ok:
            self._since.pop(name, None)
            return check
        return check._replace(since=self._since.setdefault(name, datetime.now(UTC)))

    def _ask_redis(self) -> dict[str, Check]:
        try:
            refused = refused_write(self._redis, self._keys)
            return {
                "redis": Check(str(refused) if refused else None),
                "instances": self._instances(),
                "bridge": self._bridge(),
                "keeper": Check(None if self._keepers.live() else "none is live: bots of a lost instance stay lost"),
                "processes": self._processes(),
                "outbox": self._outbox(),
                "bots": self._bots(),
                "lessons": self._overdue(),
                "characters": Check(self._characters.other_mode()),
            }
        except WorldError as error:
            unseen = dict.fromkeys(_BY_REDIS, Check("cannot be seen without Redis"))
            return unseen | {"redis": Check(str(explain(error.__cause__ or error)))}

    def _instances(self) -> Check:
        if self._registry.taking_bots():
            return Check()
        if {instance.name for instance in self._registry.live()} - self._registry.closed().keys():
            return Check("none that is live and open can send to Kafka: no bot will act")
        return Check("none is live and open: no bot will decide")

    def _outbox(self) -> Check:
        age = outbox_age(self._redis, self._keys)
        if age is None or age < DRAINED_WITHIN:
            return Check()
        return Check(f"the arena's oldest event waits for the broker for {age.total_seconds():.0f} s")

    def _processes(self) -> Check:
        """What they say of themselves that is not as it should be."""
        troubles = []
        if doubles := self._registry.doubles():
            troubles.append(("several workers have one name: give each a queue of its own", told_apart(doubles)))
        sheets = self._sheets.live()
        if mute := [sheet for sheet in sheets if sheet.mute_since is not None]:
            troubles.append(("some cannot send to Kafka", told_mute(mute)))
        if deaf := [sheet for sheet in sheets if sheet.deaf_since is not None]:
            troubles.append(("some cannot read from Kafka", told_deaf(deaf)))
        if skewed := [sheet for sheet in sheets if sheet.is_skewed]:
            troubles.append(("clocks differ from that of Redis: set them by NTP", told_skew(skewed)))
        if not troubles:
            return Check()
        problems, details = zip(*troubles, strict=True)
        return Check("; ".join(problems), "; ".join(details))

    def _bridge(self) -> Check:
        live = self._bridges.live()
        if not live:
            return Check("none is live: no turn will be noticed")
        return Check("none is live: keepers stand in" if all(map(is_stand_in, live)) else None)

    def _bots(self) -> Check:
        bots = self._queries.bots()
        failed = [bot for bot in bots if bot.status == BindingStatus.FAILED]
        if not failed:
            return Check()
        first = failed[0]
        return Check(
            f"{len(failed)} of {len(bots)} have failed", f"first {first.bot_id} of game {first.game_id}: {first.reason}"
        )

    def _overdue(self) -> Check:
        overdue = self._lessons.overdue(OVERDUE)
        return Check(f"{overdue} wait to be sent again for over {OVERDUE.seconds} s" if overdue else None)


def _ask(name: str, question: Callable[[], None]) -> dict[str, Check]:
    try:
        question()
    except WorldError as error:
        return {name: Check("does not answer", str(error))}
    return {name: Check()}
