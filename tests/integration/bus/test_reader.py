"""Reading games' messages: each reader gets those of its games, and is rid of all else that stands on their topics."""

from collections.abc import Iterator

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Record
from cowboy.bus.producer import Producer
from cowboy.bus.reader import Batch, TopicReader
from cowboy.bus.topics import TopicNames
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.settings import Settings
from tests.tables import history
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

GAMES = ("g1", "g2")


class Bus:
    """The topics of two games, with a way to write to them. `refused` is what a reader had no use for."""

    def __init__(self, settings: Settings, producer: Producer) -> None:
        self.settings = settings
        self.names = TopicNames.of(settings)
        self.refused: list[tuple[str, int, str]] = []
        self._producer = producer

    def reader(self, kind: "type[StepEvent] | type[Command]" = StepEvent) -> "TopicReader[StepEvent]":
        return TopicReader(self.settings, kind, self._refuse)

    def write(self, topic: str, *values: bytes) -> None:
        for value in values:
            self._producer.send(topic, "key", value).wait()

    def _refuse(self, record: Record, reason: str) -> None:
        self.refused.append((record.topic, record.offset, reason.partition(":")[0]))


@pytest.fixture
def bus(settings: Settings) -> Iterator[Bus]:
    with TopicAdmin(settings) as admin, Producer(settings) as producer:
        made = Bus(settings, producer)
        topics = [name(game_id) for name in (made.names.input_of, made.names.output_of) for game_id in GAMES]
        admin.create(topics)
        yield made
        admin.delete(topics)


def read(reader: "TopicReader[StepEvent]", position: int) -> list[StepEvent]:
    """What stands on g1's topic before that offset, and nothing of any other."""
    batches: list[Batch[StepEvent]] = []
    wait_for(lambda: batches.extend(reader.poll(100)) or (batches and batches[-1].position == position))
    assert {batch.game_id for batch in batches} == {"g1"}
    return [event for batch in batches for event, _ in batch.messages]


def test_what_cannot_be_read_or_is_another_games_is_refused_and_stepped_over(bus: Bus) -> None:
    events, topic = history("g1", 1), bus.names.output_of("g1")
    bus.write(topic, b"nonsense", events[0].to_json(), history("g2", 0)[0].to_json(), events[1].to_json(), b"{}")
    with bus.reader() as reader:
        reader.follow({"g1": None})
        assert read(reader, 5) == events
    assert bus.refused == [(topic, 0, "message"), (topic, 2, "game_id"), (topic, 4, "game_id")]


def test_commands_are_read_from_the_input_topic(bus: Bus) -> None:
    command = history("g1", 1)[1].command
    assert command is not None
    bus.write(bus.names.input_of("g1"), command.to_json())
    with bus.reader(Command) as reader:
        reader.follow({"g1": 0})
        assert read(reader, 1) == [command]


def test_a_reader_that_was_closed_begins_where_it_is_told(bus: Bus) -> None:
    events = history("g1", 2)
    bus.write(bus.names.output_of("g1"), *(event.to_json() for event in events))
    reader = bus.reader()
    with reader:
        reader.follow({"g1": 0, "g2": 0})
        assert reader.games == set(GAMES)
        assert read(reader, 3) == events
    assert reader.games == frozenset()
    with reader:
        reader.follow({"g1": 1})
        assert read(reader, 3) == events[1:]


def test_a_game_that_is_not_read_is_not_lost(bus: Bus) -> None:
    with bus.reader() as reader:
        reader.follow({"g1": 5})
        assert reader.lost(["g2"]) == []
        bus.write(bus.names.output_of("g1"), b"{}")
        if bus.settings.broker_kind == "tansu":
            wait_for(lambda: not reader.poll(50) and reader.lost(GAMES) == ["g1"])
