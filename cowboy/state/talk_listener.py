"""The listener that has games' talk hear of what happens: who sits at a table, who has spoken, a hit, the end.

It sends along what a keeper (`cowboy.speaking.keeper`) takes in. With `COWBOY_TALK=off` it answers with nothing.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence

from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import GameState
from cowboy.game.words import SPOKEN, CommandSource, CommandType
from cowboy.state.client import Call
from cowboy.state.keys import Keys
from cowboy.state.listeners import Connected, Listener
from cowboy.state.moments import BotReady, EventStored, GameAssigned, GameEnded, TurnPlayed
from cowboy.state.talk import Remark, Talks
from cowboy.talk.table import Done, Heard, Urged
from cowboy.talk.words import URGENCY

STIRRED_MS = 60_000
"""A hit may start a silent table to talk. Then nothing but speech does for so long."""


class TalkListener(Listener):
    """Hears all but the plain turns."""

    def __init__(self, state: Connected) -> None:
        super().__init__(state)
        self._mode = state.settings.talk
        grace_ms = int(state.settings.topic_grace_seconds * 1000)
        self._talks = Talks(state.redis, Keys(state.keys.prefix), topic_grace_ms=grace_ms)

    def games_assigned(self, moments: Sequence[GameAssigned]) -> Iterable[Call]:
        """Other bots may sit at the table."""
        return [] if self._mode == "off" else [self._talks.hearing(moment.game.game_id) for moment in moments]

    def bots_ready(self, moments: Sequence[BotReady]) -> Iterable[Call]:
        """The bot sits down at the table."""
        return [] if self._mode == "off" else [self._talks.hearing(moment.bot.game_id) for moment in moments]

    def events_stored(self, moments: Sequence[EventStored]) -> Iterable[Call]:
        """Speech is heard, the dead leave the table, and a hit is something to talk about."""
        if self._mode == "off":
            return []
        return [call for moment in moments for call in self._heard(moment)]

    def turns_played(self, moments: Sequence[TurnPlayed]) -> Iterable[Call]:
        """How much the bot wants to speak; and that it had the word and did something else, where talk is by turns."""
        return [] if self._mode == "off" else [call for moment in moments for call in self._played(moment)]

    def games_ended(self, moments: Sequence[GameEnded]) -> Iterable[Call]:
        """The table is cleared."""
        if self._mode == "off":
            return []
        return [self._talks.forgetting(moment.game_id, [bot.bot_id for bot in moment.bots]) for moment in moments]

    def _heard(self, moment: EventStored) -> Iterator[Call]:
        event, before = moment.event, moment.before
        command = event.command
        if command is None or not event.consumed_a_turn:
            return
        if command.command_type in SPOKEN and command.speak_text and command.player_id:
            yield from self._said(event, command, command.player_id, command.speak_text)
        if command.command_type is CommandType.SHOOT:
            now, then = _hit_points(event.state_after), _hit_points(before.state) if before is not None else []
            if now.count(0) > then.count(0):
                yield self._talks.hearing(event.game_id)
            if now != then:
                yield self._talks.hearing(event.game_id, Heard(None, is_human=False), rest_ms=STIRRED_MS)

    def _said(self, event: StepEvent, command: Command, player_id: str, text: str) -> Iterator[Call]:
        human = command.source is not CommandSource.BOT
        command_id = command.command_id or uuid.uuid4().hex
        remark = Remark(player_id, text[:SPEECH_LIMIT], None, human, command_id, command_id)
        heard = Done(player_id, no_reply=False) if self._mode == "command" and not human else Heard(player_id, human)
        yield self._talks.hearing(event.game_id, heard, remark=remark, step_seq=event.step_seq)

    def _played(self, moment: TurnPlayed) -> Iterator[Call]:
        turn, command, record = moment.note.turn, moment.note.command, moment.note.record
        level = record.figures.get(URGENCY)
        if level is not None:
            yield self._talks.hearing(turn.game_id, Urged(turn.player_id, max(0, min(4, round(level)))))
        if self._mode == "command" and command.command_type not in SPOKEN:
            yield self._talks.hearing(turn.game_id, Done(turn.player_id, no_reply=True))


def _hit_points(game: GameState) -> list[int]:
    return [player.hp if player.alive else 0 for player in game.players]
