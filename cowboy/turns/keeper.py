"""The turn keeper: plays or queues the turns that no worker has played in time, so that none is lost.

    overdue ──► nobody has claimed it, or its holder is lost ──► queue it again
            ──► its time is almost over                      ──► play it here: the stored decision, or the safe default
            ──► its command has shown no effect              ──► ask the game manager; if the turn stands, send it again
            ──► its time is over, and it was not closed      ──► ask the game manager; if the turn stands, do either

Any number of them may run. A turn that one of them has taken is given to no other for a second; if two act on it, the
turn's claim lets one command out.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import NamedTuple

import structlog

from cowboy.celery.dispatch import OpenTurn, dispatch
from cowboy.clients.game_manager import GameManager
from cowboy.errors import GameManagerError, WorldError
from cowboy.game.outcomes import ClaimState, ClaimStatus, Role
from cowboy.game.words import GameStatus
from cowboy.process.milliseconds import milliseconds
from cowboy.process.service import repeat
from cowboy.state.bindings import Binding
from cowboy.state.due import HOLD_MS, Overdue
from cowboy.state.state import State
from cowboy.state.turns import TurnRef
from cowboy.turns.player import TurnPlayer

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.1
AT_ONCE = 200
"""The most turns that one look takes."""
HANDS = 16
"""Turns that are played, or asked about, at the same time: each waits for the broker or the game manager."""
ASK_AGAIN_MS = 1_000
OVERTIME_MS = 5_000
"""A backend has this long to say that a turn has run out. Then the game manager is asked, and again after as long."""


_UNSENT = (ClaimState.CLAIMED, ClaimState.DECIDED)
"""Nobody has said of these that their command was sent."""


class Action(StrEnum):
    """What is to be done about an overdue turn."""

    NOTHING = "nothing"
    DISPATCH = "dispatch"
    RESCUE = "rescue"
    ASK = "ask"
    """The game manager, whether the turn still stands; then send its command, once more if it was sent."""


class Step(NamedTuple):
    """What to do now, and when to look again: in ms since 1970, or never."""

    action: Action
    again_ms: int | None


def next_step(overdue: Overdue, patience_ms: int) -> Step:
    """What an overdue turn needs. Pure."""
    turn, bot, now = overdue.turn, overdue.bot, overdue.now_ms
    if turn is None or bot is None or not _wants_a_command(overdue):
        return Step(Action.NOTHING, None)
    if now >= overdue.deadline_ms:
        return _step_in_overtime(overdue, bot)
    if overdue.state == ClaimState.PUBLISHED:
        return Step(Action.ASK, now + ASK_AGAIN_MS)
    if now >= overdue.rescue_ms:
        refusal = bot.refusal(Role.KEEPER)
        if refusal == ClaimStatus.PAUSED:
            return Step(Action.NOTHING, overdue.deadline_ms + OVERTIME_MS)
        return Step(Action.RESCUE if refusal is None else Action.NOTHING, now + HOLD_MS)
    if bot.refusal() is not None:
        # The worker that makes the bot ready queues the turn, but that may fail.
        return Step(Action.NOTHING, overdue.rescue_ms)
    if overdue.state is not None and now < overdue.lease_until_ms and overdue.lesson >= bot.lesson:
        return Step(Action.NOTHING, min(overdue.lease_until_ms, overdue.rescue_ms))
    # Twice as long each time: it may be waiting in a long queue.
    return Step(Action.DISPATCH, min(now + max(patience_ms, now - overdue.opened_ms), overdue.rescue_ms))


def _wants_a_command(overdue: Overdue) -> bool:
    """Nothing was sent in the turn, or in vain and not twice."""
    return overdue.state in {None, *_UNSENT} or (overdue.state == ClaimState.PUBLISHED and not overdue.repeated)


def _step_in_overtime(overdue: Overdue, bot: Binding) -> Step:
    """As `next_step`, when the turn's time is over: no event has said so, or its reader was away."""
    now = overdue.now_ms
    if now < overdue.deadline_ms + OVERTIME_MS:
        return Step(Action.NOTHING, overdue.deadline_ms + OVERTIME_MS)
    if overdue.state in _UNSENT and now < overdue.lease_until_ms:
        return Step(Action.NOTHING, overdue.lease_until_ms)
    return Step(Action.NOTHING if bot.pauses else Action.ASK, now + OVERTIME_MS)


class TurnKeeper:
    """A turn keeper. It runs in its own thread, beside the keeper's, because turns cannot wait."""

    def __init__(self, state: State) -> None:
        settings = state.settings
        self._patience_ms = milliseconds(settings.turn_patience_seconds)
        self._due = state.due
        self._player = TurnPlayer(state)
        self._game_manager = GameManager(settings)
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="turn-keeper")

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set. After a failure of Redis, Kafka or HTTP it tries again, after growing pauses."""
        repeat(stop, self.look, kind="turn_keeper", rest_seconds=TICK_SECONDS)

    def close(self) -> None:
        """Finish what is being done, then close all connections."""
        self._hands.shutdown(cancel_futures=True)
        self._player.close()
        self._game_manager.close()

    def look(self) -> None:
        """Handle the turns that are overdue. Raises `StateError`."""
        to_queue: list[Overdue] = []
        for overdue in self._due.take(AT_ONCE):
            action, again_ms = next_step(overdue, self._patience_ms)
            self._due.postpone(overdue, again_ms)
            if action == Action.DISPATCH:
                to_queue.append(overdue)
            elif action != Action.NOTHING:
                self._hands.submit(self._try, overdue, action)
        if to_queue:
            dispatch(_open_turn(overdue) for overdue in to_queue)
            log.warning("turns_queued_again", turns=len(to_queue), games=[turn.game_id for turn in to_queue][:5])

    def _try(self, overdue: Overdue, action: Action) -> None:
        """What fails is due again by itself, while there is time."""
        turn = overdue.turn
        if turn is None:
            return
        with structlog.contextvars.bound_contextvars(**turn._asdict()):
            try:
                if action == Action.RESCUE:
                    log.warning("turn_rescued", outcome=self._player.rescue(turn), was=overdue.state)
                elif self._still_stands(overdue):
                    self._play_standing(turn, overdue)
            except WorldError as error:
                log.warning(f"{action}_failed", error=str(error))
            except Exception:
                log.exception(f"{action}_failed")

    def _play_standing(self, turn: TurnRef, overdue: Overdue) -> None:
        if overdue.state != ClaimState.PUBLISHED:
            log.warning("late_turn_played", outcome=self._player.rescue(turn, in_time=False), was=overdue.state)
        elif self._player.repeat(turn):
            log.warning("command_repeated")

    def _still_stands(self, overdue: Overdue) -> bool:
        """Whether the game manager, too, says that this turn is open. If it cannot say, nothing is sent."""
        turn = overdue.turn
        try:
            game = self._game_manager.get(overdue.game_id)
        except GameManagerError as error:
            log.warning("turn_not_looked_up", error=str(error))
            return False
        return (
            game is not None
            and turn is not None
            and game.status == GameStatus.RUNNING
            and (game.turn_no, game.current_player_id) == (turn.turn_no, turn.player_id)
        )


def _open_turn(overdue: Overdue) -> OpenTurn:
    if overdue.turn is None or overdue.bot is None:
        raise TypeError(f"game {overdue.game_id} has no turn of a bot that could be queued")
    return OpenTurn(overdue.turn, overdue.bot.instance)
