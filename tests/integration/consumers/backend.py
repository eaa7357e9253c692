"""A foreign game backend as a bridge and keepers meet it: it applies commands, and never ends a turn by itself."""

import threading
from datetime import UTC, datetime, timedelta

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.game.board import new_state
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.settings import Settings
from tests.game_manager import GameManagerServer
from tests.tables import IDS, game, started, step

GAME = "g1"
LONG_AGO = timedelta(seconds=100)


class Backend:
    """One game of four on the default map, whose first turn began long ago.

    `commands` are all that were read, in order; `applied` those that counted. The first `loses` commands are read and
    lost, with their ids, as by a game service that cannot ask its manager.
    """

    def __init__(self, settings: Settings, producer: Producer, manager: GameManagerServer, loses: int = 0) -> None:
        self.commands: list[Command] = []
        self.applied: list[Command] = []
        self._settings = settings
        self._topics = TopicNames.of(settings)
        self._producer = producer
        self._manager = manager
        self._loses = loses
        self._board = new_state(default_grid(), 4)
        with TopicAdmin(settings) as admin:
            admin.create([self._topics.input_of(GAME), self._topics.output_of(GAME)])
        manager.know(game(GAME, self._board, turn_started_at=datetime.now(UTC) - LONG_AGO))

    def announce(self) -> None:
        """The event that opens the game, as it was published then."""
        event = started(GAME, self._board)
        self._publish(event.model_copy(update={"created_at": event.created_at - LONG_AGO}))

    def run(self, stop: threading.Event) -> None:
        """Read the input topic until `stop` is set."""
        with Consumer(self._settings) as consumer:
            consumer.assign({self._topics.input_of(GAME): 0})
            while not stop.is_set():
                for record in consumer.poll(50):
                    self._judge(Command.model_validate_json(record.value or b""))

    def close(self) -> None:
        """Nothing is held between runs."""

    def _judge(self, command: Command) -> None:
        is_known = command.command_id in {earlier.command_id for earlier in self.commands}
        self.commands.append(command)
        is_on = (command.turn_no, command.player_id) == (self._board.turn_no, IDS[self._board.current])
        if is_known or not is_on or len(self.commands) <= self._loses:
            return
        self.applied.append(command)
        action = Action(command.command_type, command.direction, command.speak_text)
        self._board, event = step(GAME, self._board, action)
        self._manager.know(game(GAME, self._board))
        self._publish(event.model_copy(update={"command": command}))

    def _publish(self, event: StepEvent) -> None:
        self._producer.send(self._topics.output_of(GAME), GAME, event.to_json()).wait()
