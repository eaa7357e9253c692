"""Commands that come over public HTTP: checked for what is plainly wrong, then put on the game's input topic.

Nothing is decided here: the referee does, and its answer comes over the stream.
"""

from collections.abc import Callable
from datetime import datetime

from cowboy.arena.games import command_of
from cowboy.arena.store import GameStore
from cowboy.bus.producer import Producer
from cowboy.errors import BadRequest, BusError, Conflict
from cowboy.game.wire.http import CommandRequest, QueuedCommand
from cowboy.game.words import DIRECTED, RESERVED, CommandType


class CommandQueue:
    """Thread-safe."""

    def __init__(self, store: GameStore, producer: Producer, now: Callable[[], datetime]) -> None:
        self._store = store
        self._producer = producer
        self._now = now

    def put(self, game_id: str, request: CommandRequest) -> QueuedCommand:
        """The command stands on the topic when this returns.

        Raises `BadRequest`, `NotFound`, `Conflict` when the game's topics are gone, and `BusError`. The existing
        backend takes commands for any game id, known or not, and so fills topics that nobody reads or deletes.
        """
        if problem := _problem(request):
            raise BadRequest(problem)
        record = self._store.load(game_id)
        if record.closed:
            raise Conflict(f"game {game_id} is over and takes no more commands")
        try:
            command = command_of(game_id, request)
            self._producer.send(record.input_topic, command.command_id, command.to_json()).wait()
        except BusError as error:
            raise BusError(f"failed to publish command: {error}") from error
        return QueuedCommand(command_id=request.command_id, queued_at=self._now())


def _problem(request: CommandRequest) -> str | None:
    """What is wrong with a command whatever the state of the game (docs/wire.md#send-a-command)."""
    if not request.command_id.strip():
        return "command_id is required"
    if request.command_type in RESERVED:
        return "command_type timeout/game_started is reserved for system services"
    if request.command_type in DIRECTED and request.direction is None:
        return "direction is required for move/shield/shoot commands"
    if request.command_type is CommandType.SPEAK and not (request.speak_text or "").strip():
        return "speak_text is required for speak commands"
    return None
