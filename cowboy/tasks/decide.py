"""The task that has one turn of one bot played."""

from cowboy.app import app
from cowboy.routes import DECIDE_COMMAND
from cowboy.state.turns import TurnRef
from cowboy.tasks.seat import seat


@app.task(name=DECIDE_COMMAND)  # type: ignore[untyped-decorator]  # Celery ships no types
def decide_command(game_id: str, player_id: str, turn_no: int) -> str:
    """Decide and publish one command; how that went, in one word, for whoever reads the worker's log.

    Safe to call any number of times, for any turn: the turn's claim lets one command out.
    """
    return seat().play(TurnRef(game_id, player_id, turn_no))
