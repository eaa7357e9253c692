"""Games with topics of their own, and what stands on them."""

import json
import uuid
from typing import Any

from cowboy.arena.record import GameRecord
from cowboy.arena.store import GameStore
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer, Record
from cowboy.bus.topics import TopicNames
from cowboy.settings import Settings
from tests.unit.arena import builders
from tests.waiting import wait_for


def stored_game(settings: Settings, store: GameStore, **fields: Any) -> GameRecord:
    """A running game in A's first turn, in the store; its topics do not exist."""
    game_id = str(uuid.uuid4())
    names = TopicNames.of(settings)
    topics = {"input_topic": names.input_of(game_id), "output_topic": names.output_of(game_id)}
    record = builders.running(turn_no=1, **({"game_id": game_id} | topics | fields))
    store.add(record)
    return record


def game_with_topics(settings: Settings, store: GameStore, admin: TopicAdmin, **fields: Any) -> GameRecord:
    """The same, and its topics exist."""
    record = stored_game(settings, store, **fields)
    admin.create([record.input_topic, record.output_topic])
    return record


def record_of(game: GameRecord, offset: int, value: bytes | None) -> Record:
    """A message as it would be read from the game's input topic."""
    return Record(game.input_topic, offset, b"key", value)


def read_topic(settings: Settings, topic: str, count: int) -> list[dict[str, Any]]:
    """The first `count` messages of a topic, decoded. Fails if they do not come."""
    found: list[Record] = []
    with Consumer(settings) as consumer:
        consumer.assign({topic: None})

        def enough() -> bool:
            found.extend(consumer.poll(100))
            return len(found) >= count

        wait_for(enough)
    return [json.loads(record.value or b"null") for record in found]
