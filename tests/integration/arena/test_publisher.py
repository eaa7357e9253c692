"""Committed events reach their topic in order, whatever fails between commit, publish and removal."""

import pytest

from cowboy.arena.change import Change
from cowboy.arena.outbox import Entry, Outbox
from cowboy.arena.publisher import Publisher
from cowboy.arena.record import GameRecord
from cowboy.arena.store import GameStore
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.producer import Producer, Sent
from cowboy.errors import BusError, StateError
from cowboy.game.words import CommandType
from cowboy.settings import Settings
from cowboy.state.client import Redis
from tests.integration.arena.topics import game_with_topics, read_topic, stored_game
from tests.tables import now
from tests.unit.arena.builders import NOW, command


def publisher_of(settings: Settings, store: GameStore, outbox: Outbox, producer: Producer) -> Publisher:
    return Publisher(settings, store, outbox, producer)


def speak(store: GameStore, game: GameRecord, count: int) -> None:
    """Commit `count` events of the game, and publish none."""

    def edit(change: Change) -> None:
        for _ in range(count):
            turn_no = change.record.board.turn_no
            player_id = change.record.current_player_id
            said = command(CommandType.SPEAK, speak_text="x", turn_no=turn_no, player_id=player_id)
            change.process(said.model_copy(update={"command_id": f"c-{turn_no}"}), NOW)

    store.change(game.game_id, edit)


def test_what_an_earlier_process_committed_is_published_in_order_by_the_next(
    settings: Settings, store: GameStore, outbox: Outbox, producer: Producer, admin: TopicAdmin
) -> None:
    game = game_with_topics(settings, store, admin)
    speak(store, game, 5)

    publisher = publisher_of(settings, store, outbox, producer)
    assert publisher.publish()
    assert not publisher.publish()

    assert [event["step_seq"] for event in read_topic(settings, game.output_topic, 5)] == [1, 2, 3, 4, 5]
    assert outbox.pending() == []


class CrashingOutbox(Outbox):
    """Loses its connection between publishing and removing."""

    def remove(self, _published: list[Entry]) -> None:
        raise StateError("Redis is away")


def test_a_crash_between_publishing_and_removing_doubles_an_event_and_loses_none(
    settings: Settings, store: GameStore, outbox: Outbox, admin: TopicAdmin, redis: Redis
) -> None:
    game = game_with_topics(settings, store, admin)
    speak(store, game, 2)

    with Producer(settings) as producer:
        with pytest.raises(StateError):
            publisher_of(settings, store, CrashingOutbox(settings, redis, now), producer).publish()
        publisher_of(settings, store, outbox, producer).publish()

    assert [event["step_seq"] for event in read_topic(settings, game.output_topic, 4)] == [1, 2, 1, 2]
    assert store.load(game.game_id).board.turn_no == 3


class HalfBrokenProducer(Producer):
    """Fails once, at the first message for one topic."""

    broken_topic = ""

    def send(self, topic: str, key: str, value: bytes) -> Sent:
        if topic == self.broken_topic:
            self.broken_topic = ""
            raise BusError("no such topic")
        return super().send(topic, key, value)


def test_a_game_whose_topic_fails_holds_up_no_other_and_keeps_its_order(
    settings: Settings, store: GameStore, outbox: Outbox, admin: TopicAdmin
) -> None:
    broken, sound = game_with_topics(settings, store, admin), game_with_topics(settings, store, admin)
    for game in (broken, sound, broken):
        speak(store, game, 1)

    with HalfBrokenProducer(settings) as producer:
        producer.broken_topic = broken.output_topic
        with pytest.raises(BusError):
            publisher_of(settings, store, outbox, producer).publish()
        assert [entry.game_id for entry in outbox.pending()] == [broken.game_id] * 2

        publisher_of(settings, store, outbox, producer).publish()

    assert [event["step_seq"] for event in read_topic(settings, sound.output_topic, 1)] == [1]
    assert [event["step_seq"] for event in read_topic(settings, broken.output_topic, 2)] == [1, 2]


def test_events_of_a_game_that_was_removed_do_not_wait_for_ever(
    settings: Settings, store: GameStore, outbox: Outbox
) -> None:
    game = stored_game(settings, store)
    speak(store, game, 2)
    store.remove(game.game_id)

    with HalfBrokenProducer(settings) as producer:
        producer.broken_topic = game.output_topic
        with pytest.raises(BusError):
            publisher_of(settings, store, outbox, producer).publish()

    assert outbox.pending() == []
