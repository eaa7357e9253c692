"""The stand-in: a bridge that a keeper runs while no other bridge has lived for a while.

    no bridge lives, and games are to be read ──► one runs here ──► a bridge has lived for a while ──► it leaves

Without a bridge no turn is noticed, and keepers see only to turns that were: with all bridges dead, their turns would
run out. A stand-in is a bridge among bridges, and shares the games with all that come; so it does no harm while it
waits to see whether they last.
"""

import threading
import time

import structlog

from consumers.bridge import Bridge
from cowboy.bus.probe import check_brokers
from cowboy.process.service import repeat
from cowboy.state.presence import STAND_IN, is_stand_in
from cowboy.state.state import State

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.5
PATIENCE_SECONDS = 1.0
RELIEF_SECONDS = 10.0
"""How long another bridge must have lived before the stand-in leaves: one that starts may die again at once."""


class Shift:
    """A bridge at work in a thread. Raises `BusError` as that does."""

    def __init__(self, state: State, name: str) -> None:
        self._bridge = Bridge(state, name)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._bridge.run, args=(self._over,), name="stand-in", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Leave the games to others."""
        self._over.set()
        self._thread.join()
        self._bridge.close()


class StandIn:
    """The stand-in of one keeper. Not thread-safe: one thread runs it."""

    def __init__(self, state: State, keeper: str) -> None:
        self._state = state
        self._settings = state.settings
        self._name = f"{STAND_IN}{keeper}"
        self._games = state.games
        self._presence = state.bridges
        self._since: dict[str, float] = {}
        self._shift: Shift | None = None

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set. After a failure of Redis or Kafka it tries again, after growing pauses."""
        repeat(stop, self.look, kind="stand_in", rest_seconds=TICK_SECONDS)

    def close(self) -> None:
        """End what is going on."""
        if self._shift is not None:
            self._shift.end()
            self._shift = None

    def look(self) -> None:
        """Begin or end, if it is time to. Raises `StateError` and `BusError`."""
        now = time.monotonic()
        live = [name for name in self._presence.live() if not is_stand_in(name)]
        self._since = {name: self._since.get(name, now) for name in live}
        if self._shift is None:
            if not live and self._games.live():
                check_brokers(self._settings, PATIENCE_SECONDS)  # kafka-python leaves sockets behind where none answers
                self._shift = Shift(self._state, self._name)
                log.warning("no_bridge_lives", stands_in=self._name)
        elif any(now - since >= RELIEF_SECONDS for since in self._since.values()):
            self.close()
            log.info("bridge_is_back", stood_in=self._name)
