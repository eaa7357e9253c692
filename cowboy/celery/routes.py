"""Which queue a task goes to when its sender names none: that of the instance that holds the bot.

The bridge knows the instance and names the queue itself. A person at a shell, with `celery -A cowboy call …`, does
not have to: the binding is looked up here.
"""

from typing import Any

from click import ClickException

from cowboy.errors import NotFound
from cowboy.state.instances import queue_of
from cowboy.state.state import state

DECIDE_COMMAND = "cowboy.tasks.decide_command"
TEACH_GAME = "cowboy.tasks.teach_game"
SPEAK_REMARK = "cowboy.tasks.speak_remark"
_SEAT_ARGUMENTS = ("game_id", "player_id")


class NoBotThere(NotFound, ClickException):
    """The seat that a task is for has no bot. A click exception besides: Celery's shell shows it as one line."""

    def __init__(self, message: str) -> None:
        ClickException.__init__(self, message)


def route_task(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any], options: dict[str, Any], **_: Any
) -> dict[str, str] | None:
    """Celery's router. Raises `NoBotThere` if no bot sits on the seat that the task is for."""
    if name not in {DECIDE_COMMAND, TEACH_GAME, SPEAK_REMARK} or "queue" in options:
        return None
    game_id, player_id = (
        kwargs[argument] if argument in (kwargs or {}) else args[position]
        for position, argument in enumerate(_SEAT_ARGUMENTS)
    )
    binding = state().bindings.get(game_id, player_id)
    if binding is None:
        raise NoBotThere(f"no bot sits on seat {player_id} of game {game_id}; name a queue, such as --queue bots.i1")
    return {"queue": queue_of(binding.instance)}
