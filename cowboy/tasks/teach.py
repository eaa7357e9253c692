"""The task that has one bot taught."""

from cowboy.bots.learner import learner
from cowboy.celery.application import app
from cowboy.celery.routes import TEACH_GAME


@app.task(name=TEACH_GAME)  # type: ignore[untyped-decorator]  # Celery ships no types
def teach_game(game_id: str, player_id: str, lesson_no: int, lesson: str) -> str:
    """Have the bot's brain acknowledge a lesson (JSON, `cowboy.game.lesson`); how that went, in one word.

    Safe to call any number of times: an old lesson, or one for a bot that is gone, changes nothing.
    """
    return learner().teach(game_id, player_id, lesson_no, lesson)
