"""Turn notes: what is kept of a turn that a bot played, or decided too late.

That is the turn's record, its transcript, and what the bot itself remembers of it. All of it, and what listeners add,
is sent in the round trip that marks the turn's command as published.
"""

from typing import NamedTuple

from cowboy.game.wire.messages import Command
from cowboy.game.words import SPOKEN
from cowboy.state.bindings import Binding
from cowboy.state.client import Call
from cowboy.state.players import PlayedTurn, Players
from cowboy.state.records import TurnRecord
from cowboy.state.transcripts import Transcript, Transcripts
from cowboy.state.turns import TurnRef, Turns


class TurnNote(NamedTuple):
    """How `bot` played a turn by `command`. `notes` are the bot's new ones, None if it has none."""

    turn: TurnRef
    bot: Binding
    command: Command
    record: TurnRecord
    transcript: Transcript | None
    notes: str | None = None


class TurnNotes:
    """All turn notes. Thread-safe. Raises `StateError`."""

    def __init__(self, turns: Turns, players: Players, transcripts: Transcripts) -> None:
        self._turns = turns
        self._players = players
        self._transcripts = transcripts

    def played(self, note: TurnNote, *more: Call) -> bool:
        """The command stands on the input topic; False if that had been noted before. `more` is sent along."""
        spoken = note.command.speak_text if note.command.command_type in SPOKEN else None
        remembered = PlayedTurn(
            note.turn.turn_no, note.record.outcome, note.record.fallback is not None, spoken, note.notes
        )
        record = note.record.model_dump_json()
        return self._turns.publish(note.turn, note.command, record, *self._kept(note, remembered), *more)

    def stale(self, note: TurnNote, *more: Call) -> bool:
        """The decision came too late and was not sent; False, and nothing is kept, if the turn is somebody else's."""
        record = note.record.model_copy(update={"command_id": None})
        remembered = PlayedTurn(note.turn.turn_no, record.outcome)
        return self._turns.drop(note.turn, record.model_dump_json(), *self._kept(note, remembered), *more)

    def _kept(self, note: TurnNote, remembered: PlayedTurn) -> list[Call]:
        counted = self._players.counting(note.bot, remembered)
        stored = self._transcripts.storing(note.transcript) if note.transcript is not None else None
        return [counted] if stored is None else [counted, stored]
