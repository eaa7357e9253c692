"""A table of three bots that talk: the keeper that moves it on, the speaker of its worker, and its topic."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cowboy.bus.consumer import Consumer
from cowboy.bus.topics import TopicNames
from cowboy.game.turns import Table
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.talk import TalkMessage
from cowboy.settings import Settings
from cowboy.speaking.keeper import TalkKeeper
from cowboy.speaking.speaker import BotSpeaker
from cowboy.state.client import Redis, call_all
from cowboy.state.games import AssignedGame
from cowboy.state.moments import BotReady, EventStored, GameEnded, TurnPlayed
from cowboy.state.state import State
from cowboy.state.tables import Update
from cowboy.talk.table import Talk
from tests.queues import celery_on, messages, waiting_turns
from tests.tables import IDS, binding, table

A, B, C, D = IDS
_KINDS = {
    BotReady: "bots_ready",
    EventStored: "events_stored",
    TurnPlayed: "turns_played",
    GameEnded: "games_ended",
}


class Saloon:
    """Game `g1`: a person on A, bots on B, C and D."""

    game_id = "g1"

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self.settings, self.redis = settings, redis
        self.state = State.of(settings)
        self.keys = self.state.keys
        self.talks = self.state.talks
        self.keeper = TalkKeeper(self.state)
        self.speaker = BotSpeaker(self.state)
        self.bots = [binding(self.game_id, seat) for seat in (1, 2, 3)]

    def open(self, **changes: object) -> None:
        """The game begins, its bots are ready, and the keeper has looked."""
        self.bots = [bot.model_copy(update=changes) for bot in self.bots]
        self.state.games.assign(AssignedGame(game_id=self.game_id, turn_timeout_seconds=60), self.bots)
        self.show(table(self.game_id))
        self.tell(*(BotReady(bot) for bot in self.bots))
        self.keeper.look()

    def show(self, shown: Table) -> None:
        self.state.tables.store([Update(shown, datetime.now(UTC) + timedelta(seconds=60), ())])

    def tell(self, *moments: BotReady | EventStored | TurnPlayed | GameEnded) -> None:
        """As the bridge, onboarding and the ending do."""
        for moment in moments:
            call_all(self.redis, getattr(self.state.listeners, _KINDS[type(moment)])(moment))

    def happen(self, *events: StepEvent) -> None:
        self.tell(*(EventStored(event, None) for event in events))

    def wait(self, ms: int) -> None:
        """So long ago the bot spoke that spoke last, and the keeper has looked."""
        earlier = replace(self.talk, spoken_ms=self.talk.spoken_ms - ms).to_json()
        self.redis.hset(self.keys.talk(self.game_id), "state", earlier)
        self.redis.zadd(self.keys.talk_due, {self.game_id: 0})
        self.keeper.look()

    @property
    def talk(self) -> Talk:
        talk = self.talks.get(self.game_id)
        assert talk is not None
        return talk

    def asked(self) -> list[tuple[str, str, int]]:
        """The remarks that wait on the queue, oldest first."""
        tasks = [message["headers"]["task"] for message in messages(self.settings, self.redis)]
        assert set(tasks) <= {"cowboy.tasks.speak_remark"}
        return waiting_turns(self.settings, self.redis)

    def said(self) -> list[TalkMessage]:
        """What stands on the topic."""
        topic = TopicNames.of(self.settings).talk_of(self.game_id)
        with Consumer(self.settings) as consumer:
            consumer.assign({topic: 0})
            read: list[TalkMessage] = []
            while records := consumer.poll(1000):
                read += [TalkMessage.model_validate_json(record.value or b"") for record in records]
        return read


@pytest.fixture
def saloon(settings: Settings, redis: Redis, request: pytest.FixtureRequest) -> Iterator[Saloon]:
    """`@pytest.mark.parametrize("saloon", [{setting: value}], indirect=True)` opens another."""
    own = settings.model_copy(update={"talk": "table", **getattr(request, "param", {})})
    with celery_on(own):
        made = Saloon(own, redis)
        yield made
        made.keeper.close()
