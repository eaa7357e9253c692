"""Decides a turn that a worker holds: the command that its bot plays, and how it was decided."""

import time
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import NamedTuple

import structlog

from cowboy.brains.brain import Brain, Context, Situation
from cowboy.brains.guard import Try, decide_guarded
from cowboy.brains.notes import kept_notes
from cowboy.brains.registry import shared_brain
from cowboy.brains.safe import SAFE, safe_action
from cowboy.errors import CallerError, OperatorError
from cowboy.game.experience import Experience
from cowboy.game.identity import command_id
from cowboy.game.outcomes import Outcome
from cowboy.game.rules import Action
from cowboy.game.situation import Persona
from cowboy.game.wire.messages import Command
from cowboy.game.words import DIRECTED, SPOKEN, CommandSource
from cowboy.state.bindings import Binding
from cowboy.state.players import Player
from cowboy.state.state import State
from cowboy.state.transcripts import Transcript
from cowboy.state.turns import Claim, TurnRef

log = structlog.get_logger(__name__)


class Played(NamedTuple):
    """The decision of a turn, and how it was made.

    `notes` are the bot's new ones, None if there are none. `situation` and `tries` are missing where no brain was
    asked.
    """

    command: Command
    outcome: Outcome
    decision_ms: float = 0.0
    figures: Mapping[str, float] = {}
    fallback: str | None = None
    notes: str | None = None
    situation: Situation | None = None
    tries: tuple[Try, ...] = ()

    def transcript(self) -> Transcript | None:
        """The transcript of the turn, to be read and replayed.

        Raises `ValidationError` for impossible values of a brain.
        """
        if (situation := self.situation) is None:
            return None
        return Transcript.of(situation, self.command.speak_text, self.tries)


class Decider:
    """Asks the brains of a worker's bots. Thread-safe; one per process."""

    def __init__(self, state: State) -> None:
        self._settings = state.settings
        self._players = state.players
        self._knowledge = state.knowledge
        self._talks = state.talks
        self._context = Context(state.providers)

    def think(self, claim: Claim) -> Played | None:
        """The brain's decision; without time to think the safe default, or None if the turn is to run out then.

        A brain that this worker cannot build, because its package is missing here, say, does not cost the turn either.
        """
        turn = claim.turn
        try:
            # Takes a moment the first time: only what is left after that is time to think.
            brain, fallback = shared_brain(claim.binding.brain, self._settings), self._fallback()
        except (CallerError, OperatorError) as error:
            log.error("brain_missing", brain=claim.binding.brain, reason=str(error))  # noqa: TRY400  # it says it all
            return safely(claim, Outcome.ERROR)
        player = self._player(claim.binding, brain, fallback)
        seconds_left = self._seconds_to_think(claim)
        if seconds_left <= 0:
            return None if self._settings.late_turns == "skip" else safely(claim, Outcome.LATE)
        situation = Situation(
            table=claim.table,
            seconds_left=seconds_left,
            seed=turn_seed(claim.binding, turn.turn_no),
            recent=player.recent,
            profile=claim.binding.profile,
            bot_id=claim.binding.bot_id,
            notes=player.notes,
            rules=self._players.guide(claim.binding).rules if brain.wants_rules else "",
            may_speak=player.may_speak and self._has_the_word(claim.binding),
            experience=self._experience(claim, brain, player),
            character=None if player.is_nobody else _persona(claim.binding),
            tells_urgency=self._settings.talk != "off" and self._settings.talk_rule == "urgent",
        )
        started = time.monotonic()
        guarded = decide_guarded(brain, situation, fallback, self._context)
        decision_ms = (time.monotonic() - started) * 1000
        command = command_for(turn, guarded.decision.action, claim.now)
        notes = kept_notes(guarded.decision.notes) if brain.wants_notes else None
        return Played(
            command,
            guarded.outcome,
            decision_ms,
            guarded.decision.figures,
            guarded.fallback,
            notes=notes if notes != player.notes else None,
            situation=situation,
            tries=guarded.tries,
        )

    def _player(self, bot: Binding, *brains: Brain | None) -> Player:
        """The bot, as far as it has to be looked up: not for brains that neither speak nor want to know anything."""
        curious = any(brain and (brain.wants_recent or brain.wants_notes or brain.speaks) for brain in brains)
        return self._players.get(bot) if curious else Player()

    def _has_the_word(self, bot: Binding) -> bool:
        """Where bots talk by the game's `speak`, only the one that has the word at its table does."""
        if self._settings.talk != "command":
            return True
        talk = self._talks.get(bot.game_id)
        return talk is not None and talk.speaker == bot.player_id

    def _experience(self, claim: Claim, brain: Brain, player: Player) -> Experience | None:
        """What the bot's character knows; nothing for one that is another's by now."""
        if not brain.wants_experience or player.is_nobody:
            return None
        return self._knowledge.experience(claim.binding, claim.table)

    def _seconds_to_think(self, claim: Claim) -> float:
        """Seconds until the deadline, or until another worker may decide the turn, less the time for publishing."""
        margin = self._settings.publish_margin_ms / 1000
        lease = self._settings.claim_lease_seconds
        return min(
            claim.seconds_left - min(margin, claim.total_seconds / 4), claim.seconds_held - min(margin, lease / 4)
        )

    def _fallback(self) -> Brain | None:
        name = self._settings.fallback
        return None if name == SAFE else shared_brain(name, self._settings)


def _persona(bot: Binding) -> Persona | None:
    return Persona(name=bot.character.name, horse=bot.character.horse) if bot.character is not None else None


def safely(claim: Claim, outcome: Outcome) -> Played:
    """The safe default, which is legal in every state."""
    action = safe_action(claim.table.to_board())
    return Played(command_for(claim.turn, action, claim.now), outcome, fallback=SAFE)


def command_for(turn: TurnRef, action: Action, sent_at: datetime) -> Command:
    """A bot's action in a turn, as it is sent."""
    return Command(
        command_id=command_id(turn.game_id, turn.player_id, turn.turn_no),
        source=CommandSource.BOT,
        game_id=turn.game_id,
        player_id=turn.player_id,
        command_type=action.kind,
        direction=action.direction if action.kind in DIRECTED else None,
        speak_text=action.text if action.kind in SPOKEN else None,
        turn_no=turn.turn_no,
        sent_at=sent_at,
    )


def turn_seed(binding: Binding, turn_no: int) -> int:
    """The seed of all chance in one turn of one bot: fixed by the binding's seed, the seat and the turn."""
    return Random(f"{binding.seed}/{binding.player_name}/{turn_no}").getrandbits(63)  # noqa: S311  # no secret
