"""The port behind which every brain sits: what it is taught and told, what it answers.

A brain does no I/O towards the game. It is told a situation in which it is its player's turn, and answers with an
action before its time is up. It must not raise for a situation that the rules allow; if it does, or answers with
something illegal, the guard (`cowboy.brains.guard`) sees to it that something legal is played.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from cowboy.brains.exchange import Report, to_nobody
from cowboy.brains.objection import objection_to
from cowboy.brains.providers import AnyProvider, Providers
from cowboy.brains.speech import Secrets
from cowboy.errors import Unteachable
from cowboy.game.rules import Action
from cowboy.game.turns import Table
from cowboy.game.wire.lesson import Lesson


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a brain may know of the turn it is to decide.

    `table` is the game as it stands; its current player is the one to decide for. `seconds_left` is the time the
    brain may take, room for publishing already taken off. `seed` is the source of all chance: the same situation with
    the same seed gives the same decision, if the brain's effort is not bounded by the clock. `recent` holds the last
    events in short (`cowboy.game.summary`), oldest first; others speak in them, so they are data and nothing more.
    `profile` names the seat's LLM profile. `feedback` is what was wrong with the decision before, when a brain that
    takes it is asked again in the same turn. `providers` gives leave to ask models, and is told what came of it.
    `notes` is what the brain last noted for this bot, `rules` the rules in prose as the bot was taught them; either
    comes only if the brain wants it. `may_speak` is whether the bot may speak in this turn: not if it did so lately. A
    brain that asks a model calls `report` once for each question, answered or not; it costs nothing and never fails.
    """

    table: Table
    seconds_left: float
    seed: int = 0
    recent: tuple[str, ...] = ()
    profile: str | None = None
    bot_id: str = ""
    feedback: str | None = None
    providers: Providers = field(default_factory=AnyProvider)
    notes: str = ""
    rules: str = ""
    may_speak: bool = True
    report: Report = to_nobody


@dataclass(frozen=True, slots=True)
class Decision:
    """What a brain wants to do, and figures about how it came to it (small numbers by name, for the turn's record).

    `notes` are the brain's to itself, for the bot's later turns (`cowboy.brains.notes`); None leaves them as they are.
    """

    action: Action
    figures: dict[str, float] = field(default_factory=dict)
    notes: str | None = None


class Brain(ABC):
    """One way of thinking. One object serves all bots of a worker, from many threads at once: keep no state."""

    name: str
    wants_recent: bool = False
    """Whether `Situation.recent` is worth fetching for it."""
    wants_notes: bool = False
    """Whether what it notes is kept, and fetched for it."""
    wants_rules: bool = False
    """Whether `Situation.rules` is worth fetching for it."""
    speaks: bool = True
    """Whether it ever says anything. If not, nobody needs to look up when its bot spoke last."""
    takes_feedback: bool = False
    """Whether it may decide better when it is told what was wrong; if not, it is never asked twice."""

    def learn(self, lesson: Lesson) -> None:
        """Acknowledge a lesson by returning; raise `Unteachable` if this brain cannot play by it.

        Called once for each seat before its first turn, and again whenever it is to be taught anew: be quick, keep
        nothing. A brain that wants more from a guide than most overrides this and calls it first.
        """
        if objection := objection_to(lesson):
            raise Unteachable(
                f"brain {self.name!r} cannot play by guide {lesson.game_guide_version!r}: {objection}; teach another"
            )

    def secrets(self, situation: Situation) -> Secrets:
        """What must not be said in this turn. Only asked when the brain wants to speak."""
        del situation
        return Secrets()

    def prepare(self, profile: str | None, providers: Providers) -> None:  # noqa: B027  # nothing to do for most
        """A bot with this LLM profile has been taught: a chance to get ready what takes long, without waiting for it.

        Nothing depends on it: a turn may come first.
        """

    @abstractmethod
    def decide(self, situation: Situation) -> Decision:
        """The decision for `situation`, within `situation.seconds_left` seconds."""
