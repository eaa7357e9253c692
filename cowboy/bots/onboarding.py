"""Onboarding: sends lessons, and sends them again until they are acknowledged or the last attempt has failed.

A lesson goes to the bot's instance as the task `teach_game`. The bot's brain acknowledges it by returning from
`Brain.learn`; only then the bot is `READY` (docs/architecture.md#the-life-of-a-bot). The keeper watches the time: a
lesson that is not acknowledged in time is sent again, after growing and uneven pauses, and then the bot has failed.
"""

import random
import time
from collections.abc import Collection
from datetime import timedelta

import structlog
from structlog.contextvars import bound_contextvars

from cowboy.celery.dispatch import send_lesson
from cowboy.clients.game_manager import GameManager
from cowboy.errors import GameManagerError, NotFound
from cowboy.game.guide import lesson_for
from cowboy.game.wire.lesson import Lesson
from cowboy.game.wire.objects import Game, PlayerIdentity
from cowboy.state.bindings import Binding, BindingStatus, SeatState
from cowboy.state.moments import BotReady
from cowboy.state.state import State

log = structlog.get_logger(__name__)

UNTIL_ASKED_AGAIN = timedelta(seconds=2)
"""A game manager in trouble is not asked at every turn of the keeper."""

LONGEST_WAIT_SECONDS = 0.5
"""`wait` is woken when a bot changes, and looks this often besides: a bot may have been taken off its seat."""


class Onboarding:
    """Thread-safe; one per process is enough. Raises `WorldError` when Redis, or the game manager if asked, fails."""

    def __init__(self, state: State, game_manager: GameManager) -> None:
        self._settings = state.settings
        self._bindings = state.bindings
        self._games = state.games
        self._tables = state.tables
        self._lessons = state.lessons
        self._instances = state.instances
        self._listeners = state.listeners
        self._game_manager = game_manager

    def teach(
        self, binding: Binding, *, instance: str | None = None, game: Game | None = None, lesson: Lesson | None = None
    ) -> Binding | None:
        """Teach a bot, on another instance if one is named. Returns its new binding.

        Returns None if the bot is on another seat or instance by now, or another process has begun to teach it.
        `lesson` is what `prepare` made of the binding, if that was called before; `game` is for a bot that is new on
        its seat.
        """
        if game is not None:
            self._lessons.tell(binding.game_id, binding.player_id, None)
        wanted = lesson or self.prepare(binding, game)

        def edit(present: Binding) -> Binding | None:
            if (present.bot_id, present.instance, present.lesson) != (binding.bot_id, binding.instance, binding.lesson):
                return None
            return present.moved_to(
                BindingStatus.TEACHING,
                instance=instance or present.instance,
                game_guide_version=wanted.game_guide_version,
                lesson=present.lesson + 1,
                attempts=1,
                taught_by=None,
                reason=None,
            )

        taught = self._bindings.change(binding.game_id, binding.player_id, edit)
        if taught is not None:
            with bound_contextvars(**_names(taught)):
                self._send(taught, wanted)
        return taught

    def tell(self, binding: Binding, told: Lesson) -> Binding | None:
        """Teach a bot what a caller wrote, now and each time it is taught again under that version; as `teach`.

        A lesson that has nothing but a version stands for our own guide, under that version.
        """
        own = not told.model_dump(exclude={"game_guide_version"}, exclude_none=True)
        self._lessons.tell(binding.game_id, binding.player_id, None if own else told)
        return self.teach(binding.with_changes(game_guide_version=told.game_guide_version))

    def teach_game(self, game_id: str, version: str | None = None) -> None:
        """Teach all bots of a game again, under another version of the guide if one is named."""
        for bot in self._bindings.of_game(game_id).values():
            self.teach(bot.with_changes(game_guide_version=version or bot.game_guide_version))

    def wait(self, game_id: str, players: Collection[str]) -> dict[str, Binding]:
        """Wait until those players' bots are `READY` or have failed, but not for ever: the caller waits, too.

        All bots of the game as they stand then, by player id, in seat order.
        """
        deadline = time.monotonic() + self._settings.assignment_wait_seconds
        with self._bindings.changes(game_id) as wait:
            while True:
                bots = self._bindings.of_game(game_id)
                waiting = any(bot.status in _UNTAUGHT for bot in bots.values() if bot.player_id in players)
                left = deadline - time.monotonic()
                if not waiting or left <= 0:
                    return bots
                wait(min(left, LONGEST_WAIT_SECONDS))

    def tend(self) -> None:
        """Send the lessons again whose time is over, or give them up."""
        due = self._lessons.due()
        live = {instance.name for instance in self._instances.live()} if due else set()
        for game_id, player_id in due:
            with bound_contextvars(game_id=game_id, player_id=player_id):
                self._try_seeing_to(game_id, player_id, live)

    def _try_seeing_to(self, game_id: str, player_id: str, live: Collection[str]) -> None:
        try:
            self._see_to(game_id, player_id, live)
        except NotFound:  # the game is over, and its end on the way
            self._lessons.drop(game_id, player_id)
        except GameManagerError as error:
            log.warning("lesson_waits", reason=str(error))
            self._lessons.expect(game_id, player_id, UNTIL_ASKED_AGAIN)

    def _see_to(self, game_id: str, player_id: str, live: Collection[str]) -> None:
        binding = self._bindings.get(game_id, player_id)
        if binding is None or binding.status != BindingStatus.TEACHING:
            # Its worker may have died between making it ready and saying so.
            is_ready = binding is not None and binding.status == BindingStatus.READY
            told = self._listeners.bots_ready(BotReady(binding)) if binding is not None and is_ready else ()
            self._lessons.drop(game_id, player_id, *told)
            return
        if binding.instance not in live:
            # Nobody there to learn: no reason to give the bot up, nor to fill the queue. It may be moved meanwhile.
            self._lessons.expect(game_id, player_id, UNTIL_ASKED_AGAIN)
            return
        with bound_contextvars(**_names(binding)):
            if binding.attempts >= self._settings.teach_attempts:
                self._give_up(binding)
            else:
                self._repeat(binding)

    def _repeat(self, binding: Binding) -> None:
        def edit(present: Binding) -> Binding | None:
            if (present.lesson, present.attempts) != (binding.lesson, binding.attempts):
                return None
            return present.moved_to(BindingStatus.TEACHING, attempts=present.attempts + 1)

        again = self._bindings.change(binding.game_id, binding.player_id, edit)
        if again is not None:
            log.warning("lesson_sent_again", attempt=again.attempts, reason=again.reason)
            self._send(again, self.prepare(again))

    def _give_up(self, binding: Binding) -> None:
        reason = binding.reason or f"no acknowledgement from instance {binding.instance}"

        def edit(present: Binding) -> Binding | None:
            if present.lesson != binding.lesson or present.status != BindingStatus.TEACHING:
                return None
            return present.moved_to(BindingStatus.FAILED, player_state=SeatState.FAILED, reason=reason)

        if self._bindings.change(binding.game_id, binding.player_id, edit) is not None:
            log.error("bot_failed", reason=reason, attempts=binding.attempts)
        self._lessons.drop(binding.game_id, binding.player_id)

    def _send(self, binding: Binding, lesson: Lesson) -> None:
        """Store when the lesson must be acknowledged, then send it: one that is lost on the way is noticed."""
        patience = timedelta(seconds=self._settings.teach_timeout_seconds * 2 ** (binding.attempts - 1))
        self._lessons.expect(binding.game_id, binding.player_id, patience * random.uniform(1.0, 1.3))  # noqa: S311
        rider = binding.character
        who = {"character_name": rider and rider.name, "horse_name": rider and rider.horse}
        send_lesson(binding, lesson.model_copy(update=who))
        log.info("lesson_sent", lesson=binding.lesson, version=binding.game_guide_version)

    def prepare(self, binding: Binding, game: Game | None = None) -> Lesson:
        """A bot's lesson: what a caller wrote for it, else made of the rules and of the game.

        That is `game`, or the game as the bridge knows it; before it has begun, as the game manager does.
        """
        player = PlayerIdentity(player_name=binding.player_name, player_id=binding.player_id)
        version = binding.game_guide_version
        if game is None:
            told = self._lessons.told(binding.game_id, binding.player_id)
            if told is not None and told.game_guide_version == version:
                return told
            table = self._tables.load(binding.game_id).table
            assigned = self._games.get(binding.game_id)
            if table is not None and assigned is not None:
                return lesson_for(table, assigned.turn_timeout_seconds, player, version)
            game = self._game_manager.get(binding.game_id)
        if game is None:
            raise NotFound(f"game {binding.game_id} not found")
        return lesson_for(game, game.turn_timeout_seconds, player, version)


_UNTAUGHT = frozenset({BindingStatus.CREATED, BindingStatus.TEACHING})


def _names(binding: Binding) -> dict[str, object]:
    return binding.model_dump(include={"game_id", "player_id", "player_name", "bot_id", "instance"})
