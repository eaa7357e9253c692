"""The task that has a bot speak."""

from cowboy.celery.application import app
from cowboy.celery.routes import SPEAK_REMARK
from cowboy.speaking.speaker import bot_speaker


@app.task(name=SPEAK_REMARK)  # type: ignore[untyped-decorator]  # Celery ships no types
def speak_remark(game_id: str, player_id: str, turn_seq: int) -> str:
    """Have a bot that has the word begin to speak. Returns at once, so that no turn of the game waits for it.

    It can be repeated: the turn to speak lets one remark out.
    """
    return bot_speaker().begin(game_id, player_id, turn_seq)
