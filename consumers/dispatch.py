"""From an open turn to a Celery task on the queue of the instance that hosts the bot."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from kombu.exceptions import KombuError

from cowboy.app import app
from cowboy.errors import StateError
from cowboy.state.instances import queue_of
from cowboy.state.turns import TurnRef
from cowboy.tasks import decide_command


class OpenTurn(NamedTuple):
    """A bot is to act, before the deadline."""

    turn: TurnRef
    instance: str
    deadline: datetime


def dispatch(open_turns: Iterable[OpenTurn]) -> None:
    """Queue one decision for each. Raises `StateError` when the broker (Redis) does not take them."""
    try:
        # As one batch: kombu would otherwise build a Redis client for each message, half of what queueing costs.
        with app.producer_or_acquire() as producer, producer.batch():
            for turn, instance, deadline in open_turns:
                decide_command.apply_async(
                    args=tuple(turn),
                    queue=queue_of(instance),
                    expires=deadline,
                    producer=producer,
                    # Celery would otherwise build a safe repr of the arguments for each message.
                    argsrepr=str(tuple(turn)),
                    kwargsrepr="{}",
                )
    except KombuError as error:
        raise StateError(f"queueing decisions: {error}") from error
