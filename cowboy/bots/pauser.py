"""The pauser: pauses and resumes bots, one by one, by game or by instance. A paused bot keeps its seat, and its turns
run out. A bot that was paused by itself, by game and by instance acts again when each pause is resumed.
"""

from collections.abc import Iterable

import structlog

from cowboy.celery.dispatch import dispatch_waiting_turn
from cowboy.state.bindings import Binding, Pause
from cowboy.state.instances import Cordon
from cowboy.state.state import State

log = structlog.get_logger(__name__)

Seats = Iterable[tuple[str, str]]
"""(game, player) of some bots."""


class Pauser:
    """Thread-safe. Everything can be repeated without harm."""

    def __init__(self, state: State) -> None:
        self._bindings = state.bindings
        self._instances = state.instances
        self._tables = state.tables

    def pause(self, seats: Seats, by: Pause) -> list[Binding]:
        """Pause these bots. Returns them in their new state, without those that are gone."""
        return [bot for seat in seats if (bot := self._set(seat, by, paused=True)) is not None]

    def resume(self, seats: Seats, by: Pause) -> list[Binding]:
        """Resume these bots. A bot without another pause acts again, at once if a turn waits for it."""
        bots = [bot for seat in seats if (bot := self._set(seat, by, paused=False)) is not None]
        for bot in bots:
            dispatch_waiting_turn(self._tables, bot)
        return bots

    def pause_instance(self, name: str) -> list[Binding]:
        """Its bots do nothing, and it takes no others."""
        self._instances.close(name, Cordon.PAUSED)
        return self.pause(self._instances.hosted(name), Pause.INSTANCE)

    def resume_instance(self, name: str) -> list[Binding]:
        """Undo a pause, or a draining."""
        self._instances.open(name)
        return self.resume(self._instances.hosted(name), Pause.INSTANCE)

    def _set(self, seat: tuple[str, str], by: Pause, *, paused: bool) -> Binding | None:
        def edit(present: Binding) -> Binding | None:
            others = tuple(pause for pause in present.pauses if pause != by)
            pauses = (*others, by) if paused else others
            return None if set(pauses) == set(present.pauses) else present.with_changes(pauses=pauses)

        changed = self._bindings.change(*seat, edit)
        if changed is None:
            return self._bindings.get(*seat)
        log.info(
            "bot_paused" if paused else "bot_resumed",
            by=by,
            **changed.model_dump(include={"game_id", "player_id", "bot_id"}),
        )
        return changed
