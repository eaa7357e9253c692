"""Committed events reach their topic in order, whatever fails between commit, publish and removal."""

from collections.abc import Callable

import pytest
from kafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from cowboy.arena.change import Change
from cowboy.arena.outbox import Entry, Outbox
from cowboy.arena.publisher import Publisher
from cowboy.arena.record import GameRecord
from cowboy.arena.store import GameStore
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.producer import Producer, Sent
from cowboy.errors import StateError
from cowboy.game.words import CommandType
from cowboy.settings import Settings
from cowboy.state.client import Redis
from tests.integration.arena.topics import game_with_topics, read_topic, stored_game
from tests.tables import now
from tests.unit.arena.builders import NOW, command
from tests.waiting import wait_for


def publisher_of(settings: Settings, store: GameStore, outbox: Outbox, producer: Producer) -> Publisher:
    return Publisher(settings, store, outbox, producer)


def publish_all(publisher: Publisher) -> None:
    """Until the outbox is empty."""
    wait_for(lambda: not publisher.publish())


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

    publish_all(publisher_of(settings, store, outbox, producer))

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
        crashing = publisher_of(settings, store, CrashingOutbox(settings, redis, now), producer)
        with pytest.raises(StateError):
            publish_all(crashing)
        publish_all(publisher_of(settings, store, outbox, producer))

    assert [event["step_seq"] for event in read_topic(settings, game.output_topic, 3)] == [1, 1, 2]
    assert store.load(game.game_id).board.turn_no == 3


class HalfBrokenProducer(Producer):
    """Does nothing with messages for one topic, neither sends nor refuses them."""

    broken_topic = ""

    def send(self, topic: str, key: str, value: bytes, on_end: Callable[[Sent], None] | None = None) -> Sent:
        if topic == self.broken_topic:
            self.held_back = Sent(topic, on_end)
            return self.held_back
        return super().send(topic, key, value, on_end)


def test_a_game_whose_topic_fails_holds_up_no_other_and_keeps_its_order(
    settings: Settings, store: GameStore, outbox: Outbox, admin: TopicAdmin
) -> None:
    broken, sound = game_with_topics(settings, store, admin), game_with_topics(settings, store, admin)
    for game in (broken, sound, broken, sound):
        speak(store, game, 1)

    with HalfBrokenProducer(settings) as producer:
        producer.broken_topic = broken.output_topic
        publisher = publisher_of(settings, store, outbox, producer)
        wait_for(lambda: publisher.publish() and len(outbox.pending()) == 2)
        assert [entry.game_id for entry in outbox.pending()] == [broken.game_id] * 2
        assert [event["step_seq"] for event in read_topic(settings, sound.output_topic, 2)] == [1, 2]

        producer.broken_topic = ""
        producer.held_back.end(KafkaTimeoutError("the broker does not answer"))
        publish_all(publisher)

    assert [event["step_seq"] for event in read_topic(settings, broken.output_topic, 2)] == [1, 2]


def test_events_of_a_game_that_was_removed_do_not_wait_for_ever(
    settings: Settings, store: GameStore, outbox: Outbox
) -> None:
    game = stored_game(settings, store)
    speak(store, game, 2)
    store.remove(game.game_id)

    with HalfBrokenProducer(settings) as producer:
        producer.broken_topic = game.output_topic
        publisher = publisher_of(settings, store, outbox, producer)
        publisher.publish()
        producer.held_back.end(UnknownTopicOrPartitionError())
        publisher.publish()

    assert outbox.pending() == []
