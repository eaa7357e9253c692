"""Playing a turn on a bot's seat: claim, decide, store, send, note.

docs/architecture.md#one-command-per-turn explains the order.

A worker plays its bots' turns. A keeper plays those that nobody has played when their time is almost over.
"""

import functools
import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from pydantic import ValidationError
from structlog.contextvars import bound_contextvars
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from cowboy.brains.figures import kept_figures
from cowboy.bus.probe import check_brokers
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.bus.trouble import Trouble
from cowboy.errors import BusError
from cowboy.errors.validation import first_fault
from cowboy.game.identity import command_id
from cowboy.game.outcomes import ClaimStatus, DecideStatus, Outcome, Role
from cowboy.game.wire.messages import Command
from cowboy.liveness.vitals import watch
from cowboy.state.moments import TurnPlayed
from cowboy.state.notes import TurnNote
from cowboy.state.records import TurnRecord
from cowboy.state.state import State, state
from cowboy.state.transcripts import Transcript
from cowboy.state.turns import Claim, TurnRef
from cowboy.turns.decider import Decider, Played, safely
from cowboy.turns.outgoing import fault_of, sealed

log = structlog.get_logger(__name__)

PROBE_SECONDS = 1.0
"""How long a broker may take to accept a connection when the worker tests it."""

REPEAT_SECONDS = 1.0
"""A second attempt is given up after this; it was the last one."""

Think = Callable[[Claim], Played | None]
"""What a turn's command shall be, or None if it is to run out."""


class TurnPlayer:
    """What one process needs to play turns. Thread-safe; one per process."""

    def __init__(self, state: State) -> None:
        self._settings = state.settings
        self._turns = state.turns
        self._notes = state.notes
        self._listeners = state.listeners
        self._decider = Decider(state)
        self._topics = TopicNames.of(state.settings)
        self._producer = Producer(state.settings)
        watch(self._producer)
        self._holder = f"{socket.gethostname()}:{os.getpid()}"

    def play(self, turn: TurnRef) -> Outcome | ClaimStatus | DecideStatus:
        """Publish one command for `turn`. Returns its outcome, or why this process must not. Raises `WorldError`."""
        return self._play(turn, Role.WORKER, self._decider.think)

    def rescue(self, turn: TurnRef, *, in_time: bool = True) -> Outcome | ClaimStatus | DecideStatus:
        """As `play`, but for a keeper, which waits for no worker: it sends the stored decision, else the safe default.

        Not `in_time`: the turn's time is over, and the caller has made sure that the turn still stands. Such a turn
        never runs out, so it is played whatever `COWBOY_LATE_TURNS` says; otherwise its game would stand still for
        ever.
        """
        if in_time:
            return self._play(turn, Role.KEEPER, self._without_thinking)
        return self._play(turn, Role.LATE_KEEPER, lambda claim: safely(claim, Outcome.RESCUED))

    def repeat(self, turn: TurnRef) -> bool:
        """Send the published command of this turn once more, under its next id. Returns False if this process must not.

        For a command that had no effect: the caller has made sure that the turn stands. Raises `WorldError`.
        """
        published = self._turns.decision(turn)
        command = self._turns.again(turn, published) if published is not None else None
        if command is None:
            return False
        self._send(turn, command, REPEAT_SECONDS)
        self._turns.publish(turn, command, "")
        return True

    def expect(self, game_id: str) -> None:
        """Ask the broker for the topic of a game's commands, so that the first one does not wait for the answer."""
        self._producer.expect(self._topics.input_of(game_id))

    def close(self) -> None:
        """Close the connections to the broker."""
        self._producer.close()

    def _play(self, turn: TurnRef, role: Role, think: Think) -> Outcome | ClaimStatus | DecideStatus:
        with bound_contextvars(**turn._asdict()):
            status, claim = self._turns.claim(turn, self._holder, role)
            if claim is None:
                log.info("turn_not_claimed", status=status)
                return status
            bot = claim.binding
            with bound_contextvars(bot_id=bot.bot_id, instance=bot.instance, command_id=command_id(*turn)):
                return self._act(claim, think)

    def _act(self, claim: Claim, think: Think) -> Outcome | DecideStatus:
        if claim.is_decided:
            played = _recovered(claim)
        else:
            thought = think(claim)
            if thought is None:
                log.info("turn_skipped")
                return Outcome.SKIPPED
            played = thought
            stored = self._turns.decide(claim, played.command)
            if stored != DecideStatus.DECIDED:
                log.info("decision_dropped", status=stored)
                if stored in {DecideStatus.LOST, DecideStatus.STALE}:
                    note = _note_of(claim, played._replace(outcome=Outcome.STALE))
                    self._notes.stale(note, *self._listeners.turns_played(TurnPlayed(note)))
                return stored
        self._send(claim.turn, played.command, claim.seconds_left)
        note = _note_of(claim, played)
        self._notes.played(note, *self._listeners.turns_played(TurnPlayed(note)))
        log.debug("command_published", outcome=played.outcome)
        return played.outcome

    def _without_thinking(self, claim: Claim) -> Played | None:
        return None if self._settings.late_turns == "skip" else safely(claim, Outcome.RESCUED)

    def _send(self, turn: TurnRef, command: Command, seconds_left: float) -> None:
        """Until the broker has it or the turn is over. Sending twice is harmless: the id is the same."""
        topic = self._topics.input_of(command.game_id)
        message = sealed(command, turn)
        for attempt in Retrying(
            retry=retry_if_exception_type(BusError),
            stop=stop_after_delay(max(0.0, seconds_left)),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        ):
            with attempt:
                self._producer.send(topic, command.command_id, message).wait()


def _note_of(claim: Claim, played: Played) -> TurnNote:
    transcript = _transcript_of(played)
    record = _record_of(claim, played, transcript)
    return TurnNote(claim.turn, claim.binding, played.command, record, transcript, played.notes)


def _record_of(claim: Claim, played: Played, transcript: Transcript | None) -> TurnRecord:
    asked = transcript and transcript.last_exchange
    character = played.situation and played.situation.character
    return TurnRecord(
        turn_no=claim.turn.turn_no,
        player_id=claim.turn.player_id,
        player_name=claim.binding.player_name,
        bot_id=claim.binding.bot_id,
        instance=claim.binding.instance,
        brain=claim.binding.brain,
        outcome=played.outcome,
        fallback=played.fallback,
        reason=transcript and transcript.reason,
        command_type=played.command.command_type,
        direction=played.command.direction,
        decision_ms=round(played.decision_ms, 3),
        event_to_command_ms=round((claim.now - claim.table.opened_at).total_seconds() * 1000, 3),
        figures=kept_figures(played.figures),
        model=asked and asked.model,
        prompts=asked and asked.prompts,
        command_id=played.command.command_id,
        snapshot=claim.table.digest,
        guide_version=claim.binding.game_guide_version,
        character=character and character.name,
    )


def _transcript_of(played: Played) -> Transcript | None:
    try:
        return played.transcript()
    except ValidationError as error:
        log.warning("transcript_unusable", reason=first_fault(error))
        return None


def _recovered(claim: Claim) -> Played:
    """The decision that was found; the safe default, if it is damaged beyond reading or sending."""
    fault = fault_of(claim.decision, claim.turn) if claim.decision is not None else "it cannot be read"
    if claim.decision is not None and fault is None:
        return Played(claim.decision, Outcome.RECOVERED)
    log.error("decision_unsendable", reason=fault)
    return safely(claim, Outcome.RECOVERED)


class _NoPlayer:
    """The player's place as long as no broker has accepted a connection: it cannot send."""

    def __init__(self) -> None:
        self._trouble: Trouble | None = None

    @property
    def trouble(self) -> Trouble | None:
        """None until a first try has failed, and once the player is built: its own producer tells then."""
        return None if _built_player.cache_info().currsize else self._trouble

    def probe(self) -> bool:
        """Have the player built, if a broker lets us in now."""
        try:
            check_brokers(state().settings, PROBE_SECONDS)  # kafka-python leaves threads behind where none answers
            turn_player()
        except BusError as error:
            since = datetime.now(UTC) if self._trouble is None else self._trouble.since
            self._trouble = Trouble(f"no broker lets it in: {error}", since)
            return False
        return True


_no_player = _NoPlayer()
_building = threading.Lock()


def expect_turn_player() -> None:
    """Have this process's player built. Its vitals try again, and say that it cannot send, as long as that fails."""
    watch(_no_player)
    threading.Thread(target=_no_player.probe, name="turn-player", daemon=True).start()


def turn_player() -> TurnPlayer:
    """The player of this process.

    It is built at the first turn at the latest: nothing is connected at import, nor before a fork.
    """
    with _building:
        return _built_player()


@functools.cache
def _built_player() -> TurnPlayer:
    return TurnPlayer(state())


def expect_game(game_id: str) -> None:
    """Have this process's player, once it is built, prepare for the first turn of a game."""
    if _built_player.cache_info().currsize:
        _built_player().expect(game_id)
