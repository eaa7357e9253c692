"""Turns that run out are ended by a timeout command, sent again if it was lost."""

from datetime import datetime, timedelta

from cowboy.arena.clock import AGAIN_AFTER_MS, LONGEST_REST_SECONDS, Clock, timeout_command
from cowboy.arena.store import GameStore
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.producer import Producer
from cowboy.game.words import CommandSource, CommandType
from cowboy.process.milliseconds import epoch_ms
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from tests.integration.arena.topics import game_with_topics, read_topic, stored_game
from tests.unit.arena.builders import NOW, running


class Hands:
    """The time, set by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def test_a_timeout_command_has_the_form_of_the_contract() -> None:
    sent = timeout_command(running(turn_no=9), NOW)

    assert sent.command_id == f"timeout-g-9-{epoch_ms(NOW)}"
    assert (sent.source, sent.command_type) == (CommandSource.TIMER, CommandType.TIMEOUT)
    assert (sent.player_id, sent.direction, sent.speak_text) == ("id-a", None, None)


def test_the_clock_sleeps_until_the_next_turn_runs_out(
    settings: Settings, store: GameStore, producer: Producer
) -> None:
    stored_game(settings, store)  # 30 seconds from NOW
    hands = Hands(NOW + timedelta(seconds=29.9))
    assert abs(Clock(store, producer, hands).tick() - 0.1) < 0.01

    hands.at = NOW
    assert Clock(store, producer, hands).tick() == LONGEST_REST_SECONDS


def test_a_turn_that_ran_out_is_timed_out_once_and_again_if_nothing_came_of_it(
    settings: Settings, store: GameStore, producer: Producer, admin: TopicAdmin
) -> None:
    game = game_with_topics(settings, store, admin)
    hands = Hands(NOW + timedelta(seconds=30))
    clock = Clock(store, producer, hands)

    clock.tick()
    clock.tick()
    hands.at += timedelta(milliseconds=AGAIN_AFTER_MS)
    clock.tick()

    sent = read_topic(settings, game.input_topic, 2)
    assert [item["turn_no"] for item in sent] == [1, 1]
    assert len({item["command_id"] for item in sent}) == 2


def test_a_deadline_of_a_game_that_is_gone_is_dropped(
    settings: Settings, store: GameStore, producer: Producer, redis: Redis
) -> None:
    game = stored_game(settings, store)
    redis.delete(Keys(settings.key_prefix).arena_game(game.game_id))

    Clock(store, producer, Hands(NOW + timedelta(hours=1))).tick()

    assert store.deadlines(10) == []
