"""Commands take effect exactly once, in order; what cannot be read is set aside and stops nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kafka import KafkaProducer

from cowboy.arena import referee as referees
from cowboy.arena.outbox import Outbox
from cowboy.arena.record import GameRecord
from cowboy.arena.referee import READER, Referee
from cowboy.arena.store import GameStore
from cowboy.bus import consumer as consumers
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.client import client_options
from cowboy.bus.consumer import Consumer, Record
from cowboy.errors import StateError
from cowboy.game.words import CommandType, Direction
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.dead_letters import DeadLetters
from cowboy.state.keys import Keys
from tests.integration.arena.topics import game_with_topics, record_of, stored_game
from tests.tables import now
from tests.unit.arena.builders import command
from tests.waiting import wait_for


@pytest.fixture
def dead_letters(settings: Settings, redis: Redis) -> DeadLetters:
    return DeadLetters(redis, Keys(settings.key_prefix))


@pytest.fixture
def new_referee(settings: Settings, store: GameStore, dead_letters: DeadLetters) -> Callable[[], Referee]:
    """Makes one after another, as restarts do."""
    return lambda: Referee(settings, store, dead_letters, now, on_commands=lambda _: None)


@pytest.fixture
def referee(new_referee: Callable[[], Referee]) -> Referee:
    return new_referee()


def shield(game: GameRecord, turn_no: int = 1, **fields: Any) -> bytes:
    """A's or B's legal command of that turn, as bytes."""
    player_id = game.player_ids[(turn_no - 1) % 2]
    known = {"game_id": game.game_id, "player_id": player_id, "turn_no": turn_no, "command_id": f"c-{turn_no}"}
    return command(CommandType.SHIELD, Direction.UP, **(known | fields)).to_json()


def test_messages_read_again_take_no_effect_again(
    settings: Settings, store: GameStore, outbox: Outbox, referee: Referee
) -> None:
    game = stored_game(settings, store)
    records = [record_of(game, offset, shield(game, offset + 1)) for offset in range(3)]

    referee.handle(referee.reader.read(records[:2]))
    referee.handle(referee.reader.read(records))  # as after a crash: everything is read again from an older position

    assert store.load(game.game_id).board.turn_no == 4
    assert [entry.event_type for entry in outbox.pending()] == ["STEP_APPLIED"] * 3
    assert store.live_positions() == {game.game_id: 3}


def test_the_same_command_sent_twice_is_answered_as_a_duplicate(
    settings: Settings, store: GameStore, outbox: Outbox, referee: Referee
) -> None:
    game = stored_game(settings, store)
    referee.handle(referee.reader.read([record_of(game, 0, shield(game)), record_of(game, 1, shield(game))]))
    referee.handle(referee.reader.read([record_of(game, 2, shield(game))]))

    results = [entry.value.count('"DUPLICATE_COMMAND"') for entry in outbox.pending()]
    assert results == [0, 1, 1]


def test_nothing_is_passed_over_while_redis_fails(
    settings: Settings, store: GameStore, redis: Redis, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = stored_game(settings, store)
    with monkeypatch.context() as patch:
        patch.setattr(redis, "pipeline", _broken_pipeline)
        with pytest.raises(StateError):
            referee.handle(referee.reader.read([record_of(game, 0, shield(game))]))
    assert store.live_positions() == {game.game_id: 0}

    referee.handle(referee.reader.read([record_of(game, 0, shield(game))]))
    assert store.load(game.game_id).board.turn_no == 2


def _broken_pipeline() -> None:
    raise StateError("Redis is away")


NESTED = b"[" * 10_000 + b"]" * 10_000
HOSTILE = {
    "not JSON": b"\xff\xfe not json",
    "null value": None,
    "empty": b"",
    "a list": b"[]",
    "wrong types": b'{"command_id": 7, "source": "user", "game_id": "g", "command_type": "fly", "turn_no": "1"}',
    "deep nesting": NESTED,
    "deep nesting in a field": b'{"command_id": ' + NESTED + b"}",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_message_that_cannot_be_read_is_counted_and_stepped_over(
    settings: Settings, store: GameStore, referee: Referee, dead_letters: DeadLetters, value: bytes | None
) -> None:
    game = stored_game(settings, store)
    referee.handle(referee.reader.read([record_of(game, 0, value), record_of(game, 1, shield(game))]))

    assert dead_letters.counts() == {READER: 1}
    assert store.load(game.game_id).board.turn_no == 2
    assert store.live_positions() == {game.game_id: 2}


@pytest.mark.parametrize(
    "case",
    [
        ({"game_id": "another"}, "game_id"),
        ({"player_id": None}, "player_id"),
        ({"speak_text": "x" * 600_000}, "bytes"),
    ],
    ids=["game of another topic", "no player", "too long to be answered"],
)
def test_a_command_that_no_event_can_answer_is_a_dead_letter(
    settings: Settings,
    store: GameStore,
    referee: Referee,
    dead_letters: DeadLetters,
    case: tuple[dict[str, Any], str],
) -> None:
    spoilt, reason = case
    game = stored_game(settings, store)
    referee.handle(referee.reader.read([record_of(game, 0, shield(game, **spoilt))]))

    assert dead_letters.counts() == {READER: 1}
    assert reason in str(dead_letters.latest()[0]["reason"])
    assert store.load(game.game_id) == game


def test_a_negative_turn_is_unreadable(
    settings: Settings, store: GameStore, referee: Referee, dead_letters: DeadLetters
) -> None:
    game = stored_game(settings, store)
    negative = shield(game).replace(b'"turn_no":1', b'"turn_no":-1')
    referee.handle(referee.reader.read([record_of(game, 0, negative)]))

    assert dead_letters.counts() == {READER: 1}


def test_messages_of_a_game_that_was_removed_are_stepped_over(
    settings: Settings, store: GameStore, referee: Referee
) -> None:
    gone, here = stored_game(settings, store), stored_game(settings, store)
    store.remove(gone.game_id)

    referee.handle(referee.reader.read([record_of(gone, 0, shield(gone)), record_of(here, 0, shield(here))]))

    assert store.load(here.game_id).board.turn_no == 2


# -- with the broker --------------------------------------------------------------------------------------------------


@pytest.fixture
def at_work(referee: Referee) -> Iterator[Referee]:
    referee.start()
    yield referee
    referee.stop()
    referee.join(30)


@pytest.fixture
def raw_producer(settings: Settings) -> Iterator[KafkaProducer]:
    """One that sends whatever it is given, of whatever size."""
    producer = KafkaProducer(**client_options(settings), max_request_size=20_000_000)
    yield producer
    producer.close()


@pytest.mark.usefixtures("at_work")
def test_hostile_messages_on_a_topic_do_not_stop_the_stream(
    settings: Settings,
    store: GameStore,
    admin: TopicAdmin,
    dead_letters: DeadLetters,
    raw_producer: KafkaProducer,
) -> None:
    game = game_with_topics(settings, store, admin)
    huge = b'{"command_id": "' + b"x" * 5_000_000 + b'"}'
    for value in [*HOSTILE.values(), huge, shield(game)]:
        raw_producer.send(game.input_topic, key=b"k", value=value).get(timeout=20)

    wait_for(lambda: store.load(game.game_id).board.turn_no == 2)
    assert dead_letters.counts() == {READER: len(HOSTILE) + 1}
    assert store.live_positions() == {game.game_id: len(HOSTILE) + 2}


def test_a_game_is_read_on_from_where_an_earlier_referee_was_stopped(
    settings: Settings,
    store: GameStore,
    admin: TopicAdmin,
    raw_producer: KafkaProducer,
    new_referee: Callable[[], Referee],
) -> None:
    game = game_with_topics(settings, store, admin)
    for turn_no in (1, 2, 3):
        raw_producer.send(game.input_topic, key=b"k", value=shield(game, turn_no)).get(timeout=20)
        referee = new_referee()
        referee.start()
        wait_for(lambda: store.live_positions()[game.game_id] == turn_no)  # noqa: B023 - called at once
        referee.stop()
        referee.join(30)

    after = store.load(game.game_id)
    assert (after.board.turn_no, after.last_step_seq) == (4, 3)


def test_a_topic_whose_last_messages_came_in_one_batch_does_not_look_lost(
    settings: Settings, store: GameStore, admin: TopicAdmin
) -> None:
    game = game_with_topics(settings, store, admin)
    producer = KafkaProducer(**client_options(settings), linger_ms=100)
    on_the_way = [producer.send(game.input_topic, b"x", partition=0) for _ in range(9)]
    producer.close()
    assert [sent.get(0).offset for sent in on_the_way] == list(range(9))

    with Consumer(settings) as consumer:
        consumer.assign({game.input_topic: 0})
        read: list[Record] = []

        def all_read() -> bool:
            read.extend(consumer.poll(100))
            return len(read) == 9

        wait_for(all_read)
        assert consumer.lost({game.input_topic}) == []


@pytest.mark.broker("tansu")
def test_a_new_game_is_read_at_once_though_the_referee_rests(
    settings: Settings, store: GameStore, admin: TopicAdmin, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    game_with_topics(settings, store, admin)
    monkeypatch.setattr(referees, "RESYNC_SECONDS", 3600.0)
    monkeypatch.setattr(consumers, "SHORTEST_REST_SECONDS", 3600.0)
    monkeypatch.setattr(consumers, "LONGEST_REST_SECONDS", 3600.0)
    referee.start()
    try:
        wait_for(lambda: is_at_rest(referee))
        game = game_with_topics(settings, store, admin)
        referee.new_game()
        wait_for(lambda: game.game_id in referee.reader.games)
        wait_for(lambda: is_at_rest(referee))
    finally:
        referee.stop()
        referee.join(30.0)
    assert not referee._thread.is_alive()


def is_at_rest(referee: Referee) -> bool:
    consumer = referee.reader._consumer
    return consumer is not None and consumer._bell is not None and consumer._bell.is_listening
