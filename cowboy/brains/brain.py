"""The interface of brains: the situation and the context that a brain is given, and the decision that it
returns.

A brain does no I/O towards the game. It gets a situation in which it is its player's turn, and returns an action before
its time is over. It must not raise for a situation that the rules allow. If it does, or returns something illegal, the
guard (`cowboy.brains.guard`) plays a legal action instead.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from cowboy.brains.context import Context
from cowboy.brains.objection import objection_to
from cowboy.brains.occasion import Occasion
from cowboy.brains.speech import Secrets
from cowboy.brains.stock import stock_remark
from cowboy.errors import Unteachable
from cowboy.game.rules import Action
from cowboy.game.situation import Situation
from cowboy.game.wire.lesson import Lesson

__all__ = ["Brain", "Context", "Decision", "Occasion", "Situation"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a brain wants to do, with figures about the decision (small numbers by name, for the turn's record).

    `notes` are the brain's to itself, for the bot's later turns (`cowboy.brains.notes`); None leaves them as they are.
    """

    action: Action
    figures: dict[str, float] = field(default_factory=dict)
    notes: str | None = None


class Brain(ABC):
    """Base of all brains.

    One object serves all bots of a worker, from many threads at once, so it must keep no state.
    """

    name: str
    wants_recent: bool = False
    """Whether the brain uses `Situation.recent`."""
    wants_notes: bool = False
    """Whether the brain takes notes: they are kept, and given to it as `Situation.notes`."""
    wants_rules: bool = False
    """Whether the brain uses `Situation.rules`."""
    wants_experience: bool = False
    """Whether the brain uses `Situation.experience`."""
    speaks: bool = True
    """Whether the brain ever speaks. If not, the last speech of its bot is not looked up."""
    takes_feedback: bool = False
    """Whether the brain uses `Situation.feedback`. If not, it is asked once a turn."""

    def learn(self, lesson: Lesson) -> None:
        """Acknowledge a lesson by returning; raise `Unteachable` if this brain cannot play by it.

        Called once for each seat before its first turn, and again whenever it is to be taught anew: be quick, keep
        nothing. A brain that wants more from a guide than most overrides this and calls it first.
        """
        if objection := objection_to(lesson):
            raise Unteachable(
                f"brain {self.name!r} cannot play by guide {lesson.game_guide_version!r}: {objection}; teach another"
            )

    def secrets(self, situation: Situation, context: Context) -> Secrets:
        """The secrets that a speech of this turn must not hold. Called only when the brain wants to speak."""
        del situation, context
        return Secrets()

    def remark(self, occasion: Occasion, context: Context) -> str | None:
        """What a bot says that has the word at its table, within `occasion.seconds_left` seconds; None for nothing.

        It costs no turn. What must not be said (`cowboy.brains.speech`) is not.
        """
        del context
        return stock_remark(occasion)

    def remark_secrets(self, occasion: Occasion, context: Context) -> Secrets:
        """The secrets that this remark must not hold."""
        del occasion, context
        return Secrets()

    def prepare(self, profile: str | None, context: Context) -> None:  # noqa: B027  # nothing to do for most
        """Prepare what takes long, in the background, when a bot with this LLM profile has been taught. A turn may come
        before it is done.
        """

    @abstractmethod
    def decide(self, situation: Situation, context: Context) -> Decision:
        """The decision for `situation`, within `situation.seconds_left` seconds."""
