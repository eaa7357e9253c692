"""The keeper: does the work that no event triggers.

Instances that are gone, draining, or cannot send lose their bots to others; an instance that came back has its bots
taught anew; lessons that were not acknowledged are sent again; games that ended unnoticed are cleared away, and running
games that nobody assigned get the default assignment. All it knows is in Redis, so any number of keepers may run,
and it does not matter when one starts: each step gives way if another was faster.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from logging import INFO, WARNING

import structlog

from cowboy.bots.services import Services
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.probe import check_brokers
from cowboy.bus.topics import TopicNames
from cowboy.errors import BusError, CallerError, GameManagerError, WorldError
from cowboy.game.words import GameStatus
from cowboy.liveness.guard import LivenessGuard
from cowboy.liveness.vitals import Vitals
from cowboy.models.profiles import Profiles
from cowboy.process.periodic import PeriodicTask, run_due
from cowboy.process.service import repeat
from cowboy.state.bindings import BindingStatus
from cowboy.state.instances import Cordon, Instance
from cowboy.state.state import State

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.1
INSTANCES_SECONDS = 0.3
PLACES_SECONDS = 3.0
"""How often the places of all bots are read although no instance has changed: a bot may have got a place on an instance
that was about to die."""
BROKER_PATIENCE_SECONDS = 1.0
LESSONS_SECONDS = 0.2
ENDED_SECONDS = 60.0
UNASSIGNED_SECONDS = 5.0
BREAK_SECONDS = 4.0
"""Longer than any periodic task takes: a keeper that has not looked at the instances for so long has been asleep."""
FORGOTTEN_AFTER = 40
"""An instance is forgotten when it was silent for so many times as long as it takes to count as dead."""


class Keeper:
    """One keeper. Not thread-safe: one thread runs it."""

    def __init__(self, state: State, name: str, profiles: Profiles) -> None:
        settings = state.settings
        self._settings = settings
        self._name = name
        self._vitals = Vitals(state, "keeper", name)
        self._presence = state.keepers
        self._bindings = state.bindings
        self._games = state.games
        self._instances = state.instances
        self._incarnations = state.incarnations
        self._queues = state.queues
        self._guard = LivenessGuard(max(2 * settings.heartbeat_seconds, BREAK_SECONDS), settings.dead_after_seconds)
        self._services = Services.of(state, profiles, hasty=True)
        self._settled: object = None
        self._places_read_at = float("-inf")
        self._topics = TopicNames.of(settings)
        self._admin: TopicAdmin | None = None

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set. After a failure of Redis, Kafka or HTTP it tries again, after growing pauses."""
        tasks = (
            PeriodicTask(self._settings.heartbeat_seconds, lambda: self._presence.beat(self._name)),
            PeriodicTask(self._settings.heartbeat_seconds, self._vitals.beat),
            PeriodicTask(INSTANCES_SECONDS, self._tend_instances),
            PeriodicTask(LESSONS_SECONDS, self._tend_lessons),
            PeriodicTask(ENDED_SECONDS, self._clear_ended_games),
            *([PeriodicTask(UNASSIGNED_SECONDS, self._assign_unassigned)] if self._settings.adopt_games else []),
        )
        repeat(stop, lambda: run_due(tasks), kind="keeper", rest_seconds=TICK_SECONDS)

    def close(self) -> None:
        """Leave the list of living keepers and close all connections."""
        try:
            self._vitals.leave()
            self._presence.leave(self._name)
        except WorldError as error:
            log.warning("deregistration_failed", error=str(error))
        if self._admin is not None:
            self._admin.close()
        self._services.game_manager.close()

    # -- instances ----------------------------------------------------------------------------------------------------

    def _tend_instances(self) -> None:
        """See to the bots of instances that are gone, draining or mute, and of those that came back.

        The places of all bots are many, so they are read when an instance has changed, as long as a bot is not where it
        should be, and every few seconds.
        """
        live = {instance.name: instance for instance in self._instances.live()}
        closed = self._instances.closed()
        can_tell_the_dead = self._guard.is_full()
        if self._settled != (live, closed) or time.monotonic() - self._places_read_at >= PLACES_SECONDS:
            self._settled = (live, closed) if self._settle(live, closed, can_tell_the_dead=can_tell_the_dead) else None
        for instance in live.values():
            self._teach_after_restart(instance)

    def _settle(self, live: Mapping[str, Instance], closed: Mapping[str, Cordon], *, can_tell_the_dead: bool) -> bool:
        """Move bots away from where they should not be; whether there were none."""
        self._settled, self._places_read_at = None, time.monotonic()
        loads = self._instances.loads()
        is_settled = True
        for name in loads:
            if name not in live:
                is_settled = False
                if can_tell_the_dead:
                    self._rescue(name)
            elif closed.get(name) == Cordon.DRAINING or live[name].mute:
                is_settled = False
                if closed.get(name) == Cordon.DRAINING or self._broker_answers():
                    self._services.mover.empty(name)
        self._forget_instances(live.keys() | loads.keys())
        return is_settled

    def _broker_answers(self) -> bool:
        """If not, others cannot send either, though they may not have noticed yet: bots had better stay."""
        try:
            check_brokers(self._settings, BROKER_PATIENCE_SECONDS)
        except BusError:
            return False
        return True

    def _rescue(self, name: str) -> None:
        """Its turns are dispatched anew where its bots go: what waits in its queue would only be refused."""
        died = any(instance.name == name for instance in self._instances.known())
        moved = self._services.mover.empty(name)
        if moved:
            log.log(WARNING if died else INFO, "instance_lost" if died else "instance_left", instance=name, moved=moved)
            # Moving takes a while: if it is back meanwhile, lessons wait there that its new incarnation is to learn.
            if name not in {instance.name for instance in self._instances.live()}:
                self._queues.drop(name)

    def _teach_after_restart(self, instance: Instance) -> None:
        """Once for each new incarnation, teach again what the one before was taught, or sent: it may have died with it.

        Of two workers that share a name either may learn afterwards: what a bot was taught is in Redis.
        """
        former = self._incarnations.known(instance.name)
        if former == instance.incarnation:
            return
        for game_id, player_id in self._instances.hosted(instance.name):
            bot = self._bindings.get(game_id, player_id)
            if bot is None or bot.instance != instance.name:
                continue
            was_taught_before = bot.status == BindingStatus.READY and bot.taught_by != instance.incarnation
            if was_taught_before or (bot.status == BindingStatus.TEACHING and former is not None):
                self._teach_again(game_id, player_id)
        self._incarnations.note(instance.name, instance.incarnation)

    def _teach_again(self, game_id: str, player_id: str) -> None:
        binding = self._bindings.get(game_id, player_id)
        try:
            if binding is not None and self._services.onboarding.teach(binding) is not None:
                log.info("bot_taught_again", game_id=game_id, player_id=player_id, instance=binding.instance)
        except (CallerError, GameManagerError) as error:
            log.warning("bot_not_taught_again", game_id=game_id, player_id=player_id, reason=str(error))

    def _forget_instances(self, needed: Iterable[str]) -> None:
        """Those that died long ago, or left while an operator had them closed, and hold nothing any more."""
        long_ago = FORGOTTEN_AFTER * self._settings.dead_after_seconds
        for name in self._instances.silent_for(long_ago) - set(needed):
            if self._instances.forget(name, long_ago):
                self._queues.drop(name)
                log.info("instance_forgotten", instance=name)

    # -- lessons and games --------------------------------------------------------------------------------------------

    def _tend_lessons(self) -> None:
        self._services.onboarding.tend()

    def _clear_ended_games(self) -> None:
        for game_id in sorted(self._games.live()):
            try:
                game = self._services.game_manager.get(game_id)
            except GameManagerError as error:
                log.warning("game_not_looked_up", game_id=game_id, error=str(error))
                return  # it will not answer for the others either
            if game is None or game.status == GameStatus.FINISHED:
                self._services.ending.end(
                    game_id, "over at the game manager" if game else "unknown to the game manager"
                )

    def _assign_unassigned(self) -> None:
        """Assign bots to a game that runs without ever having been assigned: a safety net."""
        if self._admin is None:
            self._admin = TopicAdmin(self._settings)
        games = {name for topic in self._admin.list() if (name := self._topics.game_of_output(topic))}
        for game_id in sorted(games - self._games.live()):
            try:
                game = self._services.game_manager.get(game_id)
                is_running = game is not None and game.status == GameStatus.RUNNING
                if is_running and self._services.assigner.assign_if_unknown(game_id) is not None:
                    log.warning("game_adopted", game_id=game_id)
            except (CallerError, WorldError) as error:
                log.warning("game_not_adopted", game_id=game_id, error=str(error))
