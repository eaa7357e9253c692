"""What tests of the bridge work with: games on their topics, and a bridge in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager

from consumers.bridge import Bridge
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.game.wire.messages import StepEvent
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.dead_letters import DeadLetters
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from cowboy.state.state import State
from cowboy.state.tables import Tables
from tests.queues import waiting_turns
from tests.tables import IDS, binding
from tests.threads import working
from tests.waiting import wait_for

B, C, D = IDS[1:]


class Rig:
    """The backend's and the manager's side of a bridge. Games have bots on B, C and D."""

    def __init__(self, settings: Settings, redis: Redis, producer: Producer) -> None:
        self.settings = settings
        self.redis = redis
        self.keys = Keys(settings.key_prefix)
        self.topics = TopicNames.of(settings)
        self.games = Games(redis, self.keys, settings.history_ttl_seconds)
        self.tables = Tables(redis, self.keys, settings.recent_events, patience_seconds=2, rescue_seconds=1)
        self.dead_letters = DeadLetters(redis, self.keys)
        self._producer = producer

    def create(self, *game_ids: str) -> None:
        """Make the games' topics."""
        with TopicAdmin(self.settings) as admin:
            admin.create(map(self.topics.output_of, game_ids))

    def delete(self, game_id: str) -> None:
        with TopicAdmin(self.settings) as admin:
            admin.delete([self.topics.output_of(game_id)])

    def assign(self, *game_ids: str, turn_timeout_seconds: int = 60) -> None:
        for game_id in game_ids:
            bots = [binding(game_id, seat) for seat in (1, 2, 3)]
            self.games.assign(AssignedGame(game_id=game_id, turn_timeout_seconds=turn_timeout_seconds), bots)

    def begin(self, *game_ids: str) -> None:
        self.create(*game_ids)
        self.assign(*game_ids)

    def send(self, game_id: str, *events: StepEvent | bytes) -> int:
        """Publish; the offset after the last."""
        topic, offset = self.topics.output_of(game_id), 0
        for event in events:
            value = event if isinstance(event, bytes) else event.to_json()
            offset = self._producer.send(topic, game_id, value).wait() + 1
        return offset

    def read_up_to(self, game_id: str, offset: int) -> None:
        """Wait until the bridge has handled all messages before `offset`."""
        wait_for(lambda: (self.position(game_id) or 0) >= offset)

    def position(self, game_id: str) -> int | None:
        return self.tables.load(game_id).position

    def queued(self) -> list[tuple[str, str, int]]:
        """The decisions waiting on the queue, oldest first."""
        return waiting_turns(self.settings, self.redis)

    def keys_of(self, game_id: str) -> set[str]:
        """Every key of ours that a game has left, but for its history, which goes away by itself."""
        history = {self.keys.stopped(game_id), self.keys.records(game_id), self.keys.ended(game_id)}
        return {
            str(key).removeprefix(self.keys.prefix)
            for key in self.redis.scan_iter(f"{self.keys.prefix}*:{game_id}*")
            if key not in history
        }


@contextmanager
def bridging(settings: Settings) -> Iterator[Bridge]:
    """A bridge at work, until the block ends."""
    bridge = Bridge(State.of(settings), "test-bridge")
    with working(bridge):
        yield bridge
