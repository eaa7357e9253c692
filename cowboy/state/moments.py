"""The five moments of a game that listeners hear of.

A moment can be told more than once: after a failure what was read or done last is read or done again. Its `identity`
is the same then, and that of no other moment of its kind.
"""

from typing import NamedTuple, TypeAlias

from cowboy.game.turns import Table
from cowboy.game.wire.messages import StepEvent
from cowboy.state.bindings import Binding
from cowboy.state.games import AssignedGame
from cowboy.state.notes import TurnNote


class GameAssigned(NamedTuple):
    """A game has its seats. `bots` are all that sit in it now, taught or not."""

    game: AssignedGame
    bots: tuple[Binding, ...]

    @property
    def identity(self) -> str:
        """Of the game and the bots on its seats."""
        return " ".join([self.game.game_id, *(bot.bot_id for bot in self.bots)])


class BotReady(NamedTuple):
    """A bot's brain has acknowledged its lesson."""

    bot: Binding

    @property
    def identity(self) -> str:
        """Of the bot and the lesson."""
        return f"{self.bot.bot_id} {self.bot.lesson}"


class EventStored(NamedTuple):
    """An event that the bridge has read under its lease. `table` is the game as it stands after the whole batch, None
    as long as no event has told; `before` is the game as it stood when the event was read, if that is known."""

    event: StepEvent
    table: Table | None
    before: Table | None = None

    @property
    def identity(self) -> str:
        """Of the game and the event."""
        return f"{self.event.game_id} {self.event.step_seq} {self.event.event_type}"


class TurnPlayed(NamedTuple):
    """The command of a bot's turn stands on the input topic; if the outcome is `stale`, it was decided too late."""

    note: TurnNote

    @property
    def identity(self) -> str:
        """Of the game and the turn."""
        return f"{self.note.turn.game_id} {self.note.turn.turn_no}"


class GameEnded(NamedTuple):
    """A game is over and about to be forgotten. `bots` are those on its seats until now."""

    game_id: str
    bots: tuple[Binding, ...]
    reason: str | None

    @property
    def identity(self) -> str:
        """Of the game and the bots that sat in it."""
        return " ".join([self.game_id, *(bot.bot_id for bot in self.bots)])


Moment: TypeAlias = GameAssigned | BotReady | EventStored | TurnPlayed | GameEnded
