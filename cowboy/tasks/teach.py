"""The task that teaches one bot."""

from cowboy.bots.learner import learner
from cowboy.celery.application import app
from cowboy.celery.routes import TEACH_GAME
from cowboy.turns.player import expect_game


@app.task(name=TEACH_GAME)  # type: ignore[untyped-decorator]  # Celery ships no types
def teach_game(game_id: str, player_id: str, lesson_no: int, lesson: str) -> str:
    """Have the bot's brain acknowledge a lesson (JSON of `cowboy.game.wire.lesson`). Returns the outcome's name.

    It can be repeated: an old lesson, or one for a bot that is gone, changes nothing.
    """
    outcome = learner().teach(game_id, player_id, lesson_no, lesson)
    # Not for a game that may be over: the embedded broker makes anew whatever topic is asked for.
    if outcome == "ready":
        expect_game(game_id)
    return outcome
