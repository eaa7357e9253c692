"""The mover: moves bots from one instance to another, also in the middle of a game."""

import math
import time

import structlog
from structlog.contextvars import bound_contextvars

from cowboy.bots.onboarding import Onboarding
from cowboy.errors import CallerError, Conflict, WorldError
from cowboy.state.bindings import Binding, BindingStatus, Pause
from cowboy.state.instances import Cordon
from cowboy.state.state import State

log = structlog.get_logger(__name__)


class Mover:
    """Moves bots. Thread-safe. A moved bot is taught anew on its new instance; until then it publishes nothing."""

    def __init__(self, state: State, onboarding: Onboarding) -> None:
        self._settings = state.settings
        self._bindings = state.bindings
        self._instances = state.instances
        self._onboarding = onboarding

    def move(self, binding: Binding, to: str | None = None) -> Binding:
        """Move a bot, to `to` or wherever there is room. Raises `Conflict` when there is no such place."""
        with bound_contextvars(game_id=binding.game_id, player_id=binding.player_id, bot_id=binding.bot_id):
            return self._move(binding, to)

    def _move(self, binding: Binding, to: str | None) -> Binding:
        away = binding.instance
        # First what may fail: a bot whose place is on another instance than the bot itself would be found by nobody.
        lesson = self._onboarding.prepare(binding)
        name = self._instances.move(binding.game_id, binding.player_id, on=to or "", off="" if to else away)
        if name is None:
            self._present(binding)
            raise Conflict(
                f"there is no instance for bot {binding.bot_id}: "
                + (f"{to} is not live, or takes no bots" if to else f"no live and open one but {away}")
            )
        if name == away:
            return binding
        moved = self._onboarding.teach(self._without_its_pause(binding), instance=name, lesson=lesson)
        if moved is None:  # somebody else was faster, or the bot is gone
            present = self._present(binding)
            self._instances.put(binding.game_id, binding.player_id, present.instance)
            return present
        log.info("bot_moved", away=away, to=name)
        return moved

    def _present(self, binding: Binding) -> Binding:
        """The bot as it is on its seat now. Raises `Conflict` when it is on none."""
        present = self._bindings.get(binding.game_id, binding.player_id)
        if present is None:
            raise Conflict(f"bot {binding.bot_id} has been stopped meanwhile")
        return present

    def drain(self, instance: str) -> int:
        """Stop an instance from taking bots, and move those it has.

        Returns how many moved at once; the keeper moves the rest.
        """
        self._instances.close(instance, Cordon.DRAINING)
        return self.empty(instance, within_seconds=self._settings.assignment_wait_seconds)

    def empty(self, instance: str, within_seconds: float = math.inf) -> int:
        """Move all bots off an instance. Returns how many found another place; the others stay for the next attempt."""
        moved = 0
        if not self._instances.taking_bots() - {instance}:
            return moved  # readiness tells of it; to prepare a lesson for each bot would be for nothing
        deadline = time.monotonic() + within_seconds
        for game_id, player_id in self._instances.hosted(instance):
            if time.monotonic() > deadline:
                break
            binding = self._bindings.get(game_id, player_id)
            if binding is None or binding.instance != instance:
                continue
            try:
                self.move(binding)
                moved += 1
            except (CallerError, WorldError) as error:
                log.warning("bot_not_moved", game_id=game_id, player_id=player_id, reason=str(error))
        return moved

    def _without_its_pause(self, binding: Binding) -> Binding:
        """A pause of the instance that it leaves does not go with it."""
        if Pause.INSTANCE not in binding.pauses or binding.status == BindingStatus.STOPPED:
            return binding

        def edit(present: Binding) -> Binding:
            return present.with_changes(pauses=tuple(pause for pause in present.pauses if pause != Pause.INSTANCE))

        return self._bindings.change(binding.game_id, binding.player_id, edit) or binding
