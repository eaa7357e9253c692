"""Playing a turn on a bot's seat: claim, decide, store, send, note. The order is promise 1 of the design."""

import functools
import os
import socket
import time

import structlog
from structlog.contextvars import bound_contextvars
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from cowboy.brains.figures import kept_figures
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.errors import BusError
from cowboy.game.identity import command_id
from cowboy.game.wire.messages import Command
from cowboy.settings import Settings, settings
from cowboy.state.client import connect
from cowboy.state.keys import Keys
from cowboy.state.records import TurnRecord
from cowboy.state.turns import Claim, DecideStatus, TurnRef, Turns
from cowboy.tasks.thinking import Played, Thinker

log = structlog.get_logger(__name__)

RECOVERED = "recovered"
"""Outcome of a turn whose decision was found, made by a worker that was lost."""
SKIPPED = "skipped"
"""What is said of such a turn if it is to run out instead (`COWBOY_LATE_TURNS`)."""


class Seat:
    """What one worker process needs to play turns. Thread-safe; one per process."""

    def __init__(self, configured: Settings) -> None:
        client = connect(configured)
        keys = Keys(configured.key_prefix)
        self._settings = configured
        self._turns = Turns(
            client,
            keys,
            lease_seconds=configured.claim_lease_seconds,
            history_ttl_seconds=configured.history_ttl_seconds,
        )
        self._thinker = Thinker(configured, client)
        self._topics = TopicNames.of(configured)
        self._producer = Producer(configured)
        self._holder = f"{socket.gethostname()}:{os.getpid()}"

    def play(self, turn: TurnRef) -> str:
        """Have one command published for `turn`, or learn why it is not for us to do. Raises `WorldError`."""
        with bound_contextvars(**turn._asdict()):
            status, claim = self._turns.claim(turn, self._holder)
            if claim is None:
                log.info("turn_not_claimed", status=status)
                return status
            bot = claim.binding
            with bound_contextvars(bot_id=bot.bot_id, instance=bot.instance, command_id=command_id(*turn)):
                return self._act(claim)

    def _act(self, claim: Claim) -> str:
        if claim.decision is not None:
            played = Played(claim.decision, RECOVERED)
        else:
            thought = self._thinker.think(claim)
            if thought is None:
                log.info("turn_skipped")
                return SKIPPED
            played = thought
            stored = self._turns.decide(claim, played.command)
            if stored != DecideStatus.DECIDED:
                log.info("decision_dropped", status=stored)
                return stored
        self._send(claim, played.command)
        self._note(claim, played)
        return played.outcome

    def _send(self, claim: Claim, command: Command) -> None:
        """Until the broker has it or the turn is over. Sending twice is harmless: the id is the same."""
        topic = self._topics.input_of(claim.turn.game_id)
        for attempt in Retrying(
            retry=retry_if_exception_type(BusError),
            stop=stop_after_delay(max(0.0, claim.seconds_left)),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        ):
            with attempt:
                self._producer.send(topic, command.command_id, command.to_json()).wait()

    def _note(self, claim: Claim, played: Played) -> None:
        event_to_command_ms = (time.time() - claim.table.opened_at.timestamp()) * 1000
        record = TurnRecord(
            turn_no=claim.turn.turn_no,
            player_id=claim.turn.player_id,
            player_name=claim.binding.player_name,
            bot_id=claim.binding.bot_id,
            instance=claim.binding.instance,
            brain=claim.binding.brain,
            outcome=played.outcome,
            fallback=played.fallback,
            command_type=played.command.command_type,
            direction=played.command.direction,
            decision_ms=round(played.decision_ms, 3),
            event_to_command_ms=round(event_to_command_ms, 3),
            figures=kept_figures(played.figures),
            command_id=played.command.command_id,
            snapshot=claim.table.digest,
            guide_version=claim.binding.game_guide_version,
        )
        self._turns.publish(claim, record.model_dump_json())
        log.debug("command_published", outcome=played.outcome)


@functools.cache
def seat() -> Seat:
    """This process's own. Built at the first turn: nothing is connected at import, nor before a fork."""
    return Seat(settings())
