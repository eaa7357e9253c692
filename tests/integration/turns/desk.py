"""What tests of the bots' turns work with: a game with an open turn, and what was said on its input topic."""

from datetime import UTC, datetime, timedelta

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer, Record
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.game.turns import Table
from cowboy.game.wire.messages import Command
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from cowboy.state.records import Records, TurnRecord
from cowboy.state.tables import Tables, Update
from cowboy.state.transcripts import Transcript, Transcripts
from cowboy.state.turns import TurnRef
from tests.tables import IDS, binding, table
from tests.waiting import wait_for

ME, OTHER = IDS[:2]


class Desk:
    """Games whose first turn is A's. A and B are bots with the brain `random`."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self.settings = settings
        self.keys = Keys(settings.key_prefix)
        self.topics = TopicNames.of(settings)
        self._games = Games(redis, self.keys, settings.history_ttl_seconds)
        self._tables = Tables(redis, self.keys, settings.recent_events, patience_seconds=2, rescue_seconds=1)
        self._records = Records(redis, self.keys)
        self._transcripts = Transcripts(redis, self.keys, settings.history_ttl_seconds)

    def open_turn(self, game_id: str, **changes: object) -> TurnRef:
        """A's turn in a new game. `changes` are to the bots."""
        with TopicAdmin(self.settings) as admin:
            admin.create([self.topics.input_of(game_id)])
        bots = [binding(game_id, seat, **changes) for seat in (0, 1)]
        self._games.assign(AssignedGame(game_id=game_id, turn_timeout_seconds=60), bots)
        self.show(table(game_id))
        return TurnRef(game_id, ME, 1)

    def show(self, shown: Table, seconds: float = 60) -> None:
        """What the bridge knows of a game from now on."""
        self._tables.store([Update(shown, datetime.now(UTC) + timedelta(seconds=seconds), ())])

    def records(self, game_id: str) -> list[TurnRecord]:
        return self._records.of_game(game_id)

    def transcript(self, turn: TurnRef) -> Transcript | None:
        return self._transcripts.of_turn(turn.game_id, turn.turn_no)

    def messages(self, game_id: str) -> list[Record]:
        """All that stands on the input topic: read up to a message of our own."""
        topic = self.topics.input_of(game_id)
        last = self._mark(topic)
        with Consumer(self.settings) as consumer:
            consumer.assign({topic: None})
            records: list[Record] = []
            wait_for(lambda: records.extend(consumer.poll(100)) or len(records) > last)
        return [record for record in records if record.key != b"mark"]

    def commands(self, game_id: str) -> list[Command]:
        return [Command.model_validate_json(record.value or b"") for record in self.messages(game_id)]

    def _mark(self, topic: str) -> int:
        with Producer(self.settings) as producer:
            return producer.send(topic, "mark", b"mark").wait()
