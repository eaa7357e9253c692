"""Renewal: an instance renews the leases of its bots' characters, from a thread that no decision can hold up.

A seat that has lost its character to another, because its instance was asleep or cut off for longer than the lease,
plays on as nobody: its binding names no character from then on.
"""

import threading
from collections.abc import Collection

import structlog

from cowboy.process.periodic import PeriodicTask, run_due
from cowboy.process.service import repeat
from cowboy.state.bindings import Binding
from cowboy.state.character_leases import Lost
from cowboy.state.state import State

log = structlog.get_logger(__name__)

LONGEST_REST_SECONDS = 1.0


class Renewal:
    """Renews what these instances hold, in one round trip for each."""

    def __init__(self, state: State, instances: Collection[str]) -> None:
        self._leases = state.character_leases
        self._bindings = state.bindings
        self._instances = instances
        self._interval_seconds = state.settings.character_lease_seconds / 3

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set."""
        tasks = (PeriodicTask(self._interval_seconds, self.renew),)
        rest_seconds = min(LONGEST_REST_SECONDS, self._interval_seconds)
        repeat(stop, lambda: run_due(tasks), kind="renewal", rest_seconds=rest_seconds)

    def renew(self) -> None:
        """Renew once. Raises `StateError`."""
        for instance in self._instances:
            _, lost = self._leases.renew(instance)
            for one in lost:
                self._give_up(one)

    def _give_up(self, lost: Lost) -> None:
        def edit(present: Binding) -> Binding | None:
            has = present.character is not None and present.character.name.lower() == lost.name
            has = has and present.character is not None and present.character.holder == lost.holder
            return present.with_changes(character=None) if has else None

        if self._bindings.change(lost.game_id, lost.player_id, edit) is not None:
            log.warning(
                "character_lost",
                character=lost.name,
                game_id=lost.game_id,
                player_id=lost.player_id,
                reason="its lease was over, and another seat has it, or it died",
            )


_started: set[str] = set()
_starting = threading.Lock()


def keep_characters(state: State, instances: Collection[str]) -> None:
    """Have a thread of this process renew what these instances hold, until the process ends. It can be repeated."""
    with _starting:
        new = set(instances) - _started
        _started.update(new)
    if new and state.settings.characters != "off":
        renewal = Renewal(state, sorted(new))
        threading.Thread(target=renewal.run, args=(threading.Event(),), name="renewal", daemon=True).start()
