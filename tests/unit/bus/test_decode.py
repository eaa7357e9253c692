"""Reading a message: bounded, and wrong ones say what is wrong without showing all of themselves."""

import pytest

from cowboy.bus.decode import decode
from cowboy.errors import BadMessage
from cowboy.game.wire.messages import StepEvent
from tests.tables import started

LIMIT = 100_000


def test_a_message_comes_back_as_it_was_written() -> None:
    event = started("g1")
    assert decode(StepEvent, "g1", event.to_json(), LIMIT) == event


def test_a_message_as_large_as_allowed_is_read() -> None:
    event = started("g1")
    assert decode(StepEvent, "g1", event.to_json(), len(event.to_json())) == event


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the message is empty"),
        (b"", "the message is empty"),
        (b"x" * (LIMIT + 1), f"the message has {LIMIT + 1} bytes; more than {LIMIT} are not read"),
        (b"[" * 10_000_000, "the message has 10000000 bytes"),
        (b"{", "message: Invalid JSON"),
        (b"\xff\xfe{}", "message: Invalid JSON"),
        (b'{"game_id": "\\ud800"}', "message: Invalid JSON"),
        (b"[]", "message: Input should be an object"),
        (b"null", "message: Input should be an object"),
        (b"1e999", "message: Input should be an object"),
        (b"[" * 50_000, "message: Invalid JSON: recursion limit exceeded"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "message: Invalid JSON: recursion limit exceeded"),
        (b"{}", "game_id: Field required"),
        (b'{"game_id": 7}', "game_id: Input should be a valid string"),
        (b'{"game_id": "g", "step_seq": ' + b"9" * 4_000 + b"}", "step_seq: "),
    ],
)
def test_a_bad_message_says_what_is_wrong_and_keeps_its_bytes(value: bytes | None, reason: str) -> None:
    with pytest.raises(BadMessage) as caught:
        decode(StepEvent, "g1", value, LIMIT)
    assert str(caught.value).startswith(reason)
    assert len(str(caught.value)) <= 300
    assert caught.value.value == (value or b"")


def test_an_unknown_field_is_ignored() -> None:
    value = started("g1").to_json().replace(b"{", b'{"from_the_future": [1],', 1)
    assert decode(StepEvent, "g1", value, LIMIT).game_id == "g1"


def test_a_message_of_another_game_than_its_topics_is_refused() -> None:
    with pytest.raises(BadMessage, match="game_id: 'g2' is not the game of this topic"):
        decode(StepEvent, "g1", started("g2").to_json(), LIMIT)
