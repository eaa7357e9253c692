"""From an open turn, or a lesson, to a Celery task on the queue of the instance that hosts the bot."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from cowboy.celery.application import app
from cowboy.celery.routes import DECIDE_COMMAND, SPEAK_REMARK, TEACH_GAME
from cowboy.game.wire.lesson import Lesson
from cowboy.state.bindings import Binding
from cowboy.state.client import state_error
from cowboy.state.instances import queue_of
from cowboy.state.tables import Tables
from cowboy.state.turns import TurnRef


class OpenTurn(NamedTuple):
    """A bot is to act."""

    turn: TurnRef
    instance: str


def dispatch(open_turns: Iterable[OpenTurn]) -> None:
    """Queue one decision for each. Raises `StateError` when the broker (Redis) does not take them.

    Tasks do not expire: Celery would judge that by the worker's clock, which may be wrong. The claim of a turn that is
    over is refused, by Redis's.
    """
    # As one batch: one round trip for all.
    with _queueing("decisions") as producer, producer.batch():
        for turn, instance in open_turns:
            app.send_task(
                DECIDE_COMMAND,
                args=tuple(turn),
                queue=queue_of(instance),
                producer=producer,
                # Celery would otherwise build a safe repr of the arguments for each message.
                argsrepr=str(tuple(turn)),
                kwargsrepr="{}",
            )


def dispatch_waiting_turn(tables: Tables, binding: Binding) -> bool:
    """Queue the decision of a bot that has become ready, or was resumed, if it is its turn and time is left. Returns
    whether that was so.

    The turn may be queued already: its claim lets one command out.
    """
    turn = tables.open_turn(binding.game_id)
    if turn is None or turn.player_id != binding.player_id or turn.is_over:
        return False
    if binding.refusal() is not None:
        return False
    ref = TurnRef(binding.game_id, binding.player_id, turn.turn_no)
    dispatch([OpenTurn(ref, binding.instance)])
    return True


def send_lesson(binding: Binding, lesson: Lesson) -> None:
    """Queue a lesson. The bot ignores a lesson that is not its latest. Raises `StateError`."""
    names = (binding.game_id, binding.player_id, binding.lesson)
    with _queueing("a lesson") as producer:
        app.send_task(
            TEACH_GAME,
            args=(*names, lesson.model_dump_json()),
            queue=queue_of(binding.instance),
            producer=producer,
            # The lesson itself is long, and people who watch tasks do not need it.
            argsrepr=str(names),
            kwargsrepr="{}",
        )


class Speaker(NamedTuple):
    """A bot has the word in this turn to speak."""

    game_id: str
    player_id: str
    turn_seq: int
    instance: str


def ask_for_remarks(speakers: Iterable[Speaker]) -> None:
    """Queue a remark for each. Raises `StateError`. One that comes too late is dropped by its `turn_seq`."""
    asked = list(speakers)
    if not asked:
        return
    with _queueing("remarks") as producer:
        for *names, instance in asked:
            app.send_task(
                SPEAK_REMARK,
                args=tuple(names),
                queue=queue_of(instance),
                producer=producer,
                argsrepr=str(tuple(names)),
                kwargsrepr="{}",
            )


@contextmanager
def _queueing(what: str) -> Iterator[Any]:
    try:
        with app.producer_or_acquire() as producer:
            yield producer
    except (KombuError, RedisError, OSError) as error:  # a batch is written by Redis's own client
        raise state_error(f"queueing {what}", error) from error
