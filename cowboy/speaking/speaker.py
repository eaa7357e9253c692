"""The speaker: has a bot of this worker say something when it has the word.

A remark is thought of in a thread of its own, so it holds up no decision: the worker's places are for game turns. If
too many are being thought of, or anything fails, the bot passes. A process that dies with a remark costs the table its
time limit and nothing else.
"""

import functools
import threading
import time
from collections.abc import Mapping

import structlog
from structlog.contextvars import bound_contextvars

from cowboy.brains.brain import Context
from cowboy.brains.occasion import Heard, Occasion
from cowboy.brains.registry import shared_brain
from cowboy.brains.speech import speech_fault
from cowboy.errors import CowboyError
from cowboy.game.situation import Persona
from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.turns import Table
from cowboy.game.wire.talk import TalkMessage
from cowboy.state.bindings import Binding
from cowboy.state.state import State, state
from cowboy.state.talk import MINUTE_MS

log = structlog.get_logger(__name__)

AT_ONCE = 16
"""Remarks that a process thinks of at the same time."""


class BotSpeaker:
    """What one process needs to have its bots speak. Thread-safe."""

    def __init__(self, state: State) -> None:
        self._settings = state.settings
        self._talks = state.talks
        self._bindings = state.bindings
        self._players = state.players
        self._tables = state.tables
        self._context = Context(state.providers)
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def begin(self, game_id: str, player_id: str, turn_seq: int) -> str:
        """Have the bot begin to speak. Returns at once."""
        if not self._places.acquire(blocking=False):
            self._talks.pass_on(game_id, player_id, turn_seq)
            return "busy"
        arguments = (game_id, player_id, turn_seq)
        threading.Thread(target=self._speak, args=arguments, name="speaker", daemon=True).start()
        return "begun"

    def speak(self, game_id: str, player_id: str, turn_seq: int) -> str:
        """Have the bot speak or pass; returns what became of it. Raises `StateError`."""
        talk, bot = self._talks.get(game_id), self._bindings.get(game_id, player_id)
        if talk is None or bot is None or (talk.speaker, talk.turn_seq) != (player_id, turn_seq):
            return "stale"
        left_ms = talk.changed_ms + talk.turn_ms - talk.asks_at(self._settings.talk_pause_ms)
        seconds = min(self._settings.talk_seconds, 0.9 * left_ms / 1000)
        try:
            text = None if self._is_silent(bot) else self._thought(bot, turn_seq, seconds)
        except CowboyError as error:
            log.warning("remark_failed", reason=str(error))
            text = None
        except Exception:
            log.exception("remark_failed")
            text = None
        if text is None:
            return self._talks.pass_on(game_id, player_id, turn_seq).outcome.cause
        return self._talks.speak(game_id, player_id, turn_seq, text).outcome.cause

    def _speak(self, game_id: str, player_id: str, turn_seq: int) -> None:
        with bound_contextvars(game_id=game_id, player_id=player_id, turn_seq=turn_seq):
            try:
                log.debug("spoken", outcome=self.speak(game_id, player_id, turn_seq))
            except CowboyError as error:  # the table goes on when the time is over
                log.warning("remark_lost", reason=str(error))
            finally:
                self._places.release()

    def _is_silent(self, bot: Binding) -> bool:
        """Paused, muted, being taught, or it has said enough for now. No brain is asked then."""
        limit = self._settings.talk_remarks_per_minute
        names = {f"bot {bot.bot_id}", f"game {bot.game_id}", f"instance {bot.instance}"}
        if limit == 0 or bot.refusal() is not None or names & self._talks.muted():
            return True
        lately = [said for said in self._talks.lately(bot.game_id, MINUTE_MS) if said.player_id and not said.human]
        return (
            len(lately) >= self._settings.talk_table_remarks_per_minute
            or sum(said.player_id == bot.player_id for said in lately) >= limit
        )

    def _thought(self, bot: Binding, turn_seq: int, seconds: float) -> str | None:
        """What the bot says, None for nothing. A text that must not be said is not said."""
        table = self._tables.load(bot.game_id).table
        if table is None or bot.player_id not in {player.player_id for player in table.state.alive}:
            return None
        brain = shared_brain(bot.brain, self._settings)
        occasion = self._occasion(bot, table, turn_seq, seconds)
        began = time.monotonic()
        text = brain.remark(occasion, self._context)
        if text is None or time.monotonic() - began > seconds + 1:
            return None
        ids = (bot.game_id, *table.state.ids)
        fault = speech_fault(text, brain.remark_secrets(occasion, self._context), ids)
        if fault is not None:
            log.warning("remark_refused", reason=fault)
            return None
        return text[:SPEECH_LIMIT]

    def _occasion(self, bot: Binding, table: Table, turn_seq: int, seconds: float) -> Occasion:
        remembers = self._players.get(bot)
        rider = None if remembers.is_nobody else bot.character
        names = {player.player_id: player.player_name for player in table.state.players}
        return Occasion(
            table=table,
            player_id=bot.player_id,
            player_name=bot.player_name,
            bot_id=bot.bot_id,
            profile=bot.profile,
            character=Persona(name=rider.name, horse=rider.horse) if rider is not None else None,
            recent=remembers.recent,
            heard=tuple(_heard(said, names, bot) for said in self._talks.remarks(bot.game_id, bot.player_id)),
            rule=self._talks.rules.speakers.sentence,
            seed=(bot.seed + turn_seq) % 2**63,
            seconds_left=seconds,
        )


def _heard(said: TalkMessage, names: Mapping[str, str], bot: Binding) -> Heard:
    player_id = said.player_id or ""
    return Heard(
        name=names.get(player_id, "?"),
        text=said.text or "",
        own=player_id == bot.player_id,
        human=said.human,
        private=said.to is not None,
    )


@functools.cache
def bot_speaker() -> BotSpeaker:
    """The speaker of this process, built when it is first wanted."""
    return BotSpeaker(state())
