"""The task that plays one turn of one bot."""

from typing import Any

from celery.signals import worker_ready

from cowboy.celery.application import app
from cowboy.celery.routes import DECIDE_COMMAND
from cowboy.state.turns import TurnRef
from cowboy.turns.player import expect_turn_player, turn_player


@app.task(name=DECIDE_COMMAND)  # type: ignore[untyped-decorator]  # Celery ships no types
def decide_command(game_id: str, player_id: str, turn_no: int) -> str:
    """Decide and publish one command. Returns the outcome's name, which the worker's log shows.

    It can be repeated, for any turn: the turn's claim lets one command out.
    """
    return turn_player().play(TurnRef(game_id, player_id, turn_no)).value


@worker_ready.connect  # type: ignore[untyped-decorator]
def _expect_turn_player(**_: Any) -> None:
    # A worker that has played no turn yet has to know, too, whether it could send. Not before a fork.
    if app.conf.worker_pool != "prefork":
        expect_turn_player()
