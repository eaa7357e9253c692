"""Learning: the brain acknowledges its lesson, the bot becomes `READY`, and a turn that waits for it is queued."""

import functools
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import ValidationError

from cowboy.brains.context import Context
from cowboy.brains.registry import shared_brain
from cowboy.celery.dispatch import dispatch_waiting_turn
from cowboy.celery.registration import INCARNATION
from cowboy.errors import CowboyError
from cowboy.errors.cause import place_of
from cowboy.errors.validation import first_fault
from cowboy.game.wire.lesson import Lesson
from cowboy.state.bindings import Binding, BindingStatus, SeatState
from cowboy.state.moments import BotReady
from cowboy.state.players import Guide
from cowboy.state.state import State, state

log = structlog.get_logger(__name__)

RETRY_SOON = timedelta(seconds=0.5)
"""A refused lesson is sent again after this: the cause of the first refusal may pass."""


class Learner:
    """What one worker process needs to teach its bots. Thread-safe; one per process."""

    def __init__(self, state: State) -> None:
        self._settings = state.settings
        self._bindings = state.bindings
        self._lessons = state.lessons
        self._players = state.players
        self._context = Context(state.providers)
        self._tables = state.tables
        self._listeners = state.listeners

    def teach(self, game_id: str, player_id: str, lesson_no: int, lesson: str) -> str:
        """One lesson. Raises `WorldError`."""
        with structlog.contextvars.bound_contextvars(game_id=game_id, player_id=player_id, lesson=lesson_no):
            binding = self._bindings.get(game_id, player_id)
            if binding is None or not _awaits(binding, lesson_no):
                log.info("lesson_outdated")
                return "outdated"
            with structlog.contextvars.bound_contextvars(bot_id=binding.bot_id, instance=binding.instance):
                if (problem := self._problem(binding, lesson)) is not None:
                    self._refuse(binding, problem)
                    return "refused"
                self._players.taught(binding, self._guide(binding, Lesson.model_validate_json(lesson)))
                return self._acknowledge(binding)

    def _problem(self, binding: Binding, lesson: str) -> str | None:
        """Why the brain cannot play by the lesson, or None."""
        try:
            brain = shared_brain(binding.brain, self._settings)
            brain.learn(Lesson.model_validate_json(lesson))
            brain.prepare(binding.profile, self._context)
        except ValidationError as error:
            return f"the lesson is unreadable: {first_fault(error)}"
        except CowboyError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  # a brain may be anybody's; its bug must not cost the worker a thread
            return f"brain {binding.brain} failed: {place_of(error)}"[:300]
        return None

    def _guide(self, binding: Binding, lesson: Lesson) -> Guide:
        """What is kept of a lesson: as much as the brain wants to see again."""
        wanted = shared_brain(binding.brain, self._settings).wants_rules
        return Guide(version=lesson.game_guide_version, rules=(wanted and lesson.rules_markdown) or "")

    def _acknowledge(self, binding: Binding) -> str:
        def edit(present: Binding) -> Binding | None:
            if not _awaits(present, binding.lesson):
                return None
            return present.moved_to(
                BindingStatus.READY,
                player_state=SeatState.READY,
                taught_by=INCARNATION,
                acknowledged=present.game_guide_version,
                reason=None,
                ready_at=datetime.now(UTC),
            )

        ready = self._bindings.change(binding.game_id, binding.player_id, edit)
        if ready is None:
            return "outdated"
        self._lessons.drop(binding.game_id, binding.player_id, *self._listeners.bots_ready(BotReady(ready)))
        log.info("bot_ready", version=ready.game_guide_version)
        dispatch_waiting_turn(self._tables, ready)
        return "ready"

    def _refuse(self, binding: Binding, problem: str) -> None:
        def edit(present: Binding) -> Binding | None:
            return present.with_changes(reason=problem) if _awaits(present, binding.lesson) else None

        if self._bindings.change(binding.game_id, binding.player_id, edit) is not None:
            log.warning("lesson_refused", reason=problem)
            self._lessons.expect(binding.game_id, binding.player_id, RETRY_SOON * 2**binding.attempts)


def _awaits(binding: Binding, lesson_no: int) -> bool:
    return binding.status == BindingStatus.TEACHING and binding.lesson == lesson_no


@functools.cache
def learner() -> Learner:
    """The learner of this process.

    It is built at the first lesson: nothing is connected at import, nor before a fork.
    """
    return Learner(state())
