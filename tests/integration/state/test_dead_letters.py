"""Dead letters: counted for ever, the latest kept to look at, harmless to show."""

import json

import pytest

from cowboy.bus.consumer import Record
from cowboy.settings import Settings
from cowboy.state import dead_letters
from cowboy.state.client import Redis
from cowboy.state.dead_letters import DeadLetters
from cowboy.state.keys import Keys

pytestmark = pytest.mark.integration


@pytest.fixture
def letters(settings: Settings, redis: Redis) -> DeadLetters:
    return DeadLetters(redis, Keys(settings.key_prefix))


def test_a_letter_says_where_it_stood_and_why_it_could_not_be_read(letters: DeadLetters) -> None:
    letters.add("bridge", Record("t", 7, b"k", b'{"a": \xff\x1b[2J'), "message: Invalid JSON")
    (letter,) = letters.latest()
    assert isinstance(letter.pop("at"), float)
    assert letter == {
        "reader": "bridge",
        "topic": "t",
        "offset": 7,
        "reason": "message: Invalid JSON",
        "size": 11,
        "begins": '{"a": \\xff\x1b[2J',
    }


def test_letters_are_counted_by_reader_and_the_newest_come_first(letters: DeadLetters) -> None:
    for offset in range(3):
        letters.add("bridge", Record("t", offset, None, None), "empty")
    letters.add("referee", Record("u", 0, None, b"x"), "odd")
    assert letters.counts() == {"bridge": 3, "referee": 1}
    assert [(letter["topic"], letter["offset"]) for letter in letters.latest(3)] == [("u", 0), ("t", 2), ("t", 1)]


def test_the_list_is_bounded_and_the_count_is_not(letters: DeadLetters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "KEPT", 2)
    for offset in range(4):
        letters.add("bridge", Record("t", offset, None, None), "empty")
    assert [letter["offset"] for letter in letters.latest()] == [3, 2]
    assert letters.counts() == {"bridge": 4}


def test_of_a_huge_message_only_the_beginning_is_kept(letters: DeadLetters) -> None:
    letters.add("bridge", Record("t", 0, None, b"\x00" * 10_000_000), "too large")
    (letter,) = letters.latest()
    assert letter["size"] == 10_000_000
    assert len(json.dumps(letter)) < 10_000
