"""The task that has one bot taught."""

from cowboy.app import app
from cowboy.routes import TEACH_GAME
from cowboy.tasks.classroom import classroom


@app.task(name=TEACH_GAME)  # type: ignore[untyped-decorator]  # Celery ships no types
def teach_game(game_id: str, player_id: str, lesson_no: int, lesson: str) -> str:
    """Have the bot's brain acknowledge a lesson (JSON, `cowboy.game.lesson`); how that went, in one word.

    Safe to call any number of times: an old lesson, or one for a bot that is gone, changes nothing.
    """
    return classroom().teach(game_id, player_id, lesson_no, lesson)
