"""What servers answer, as one form, whatever they left out; or an error, of which only visible words are passed on."""

import json

import pytest

from cowboy.brains.llm.completion import EXCERPT_CHARACTERS, NoCompletion, Said, excerpt, read_completion
from cowboy.models.quota import Usage


def document(**changes: object) -> bytes:
    choice = {"message": {"content": "shield left"}}
    return json.dumps({"choices": [choice], **changes}).encode()


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 2}, Usage(3, 2)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage(0, 0)),
        ({"prompt_tokens": -3, "completion_tokens": 2}, None),
        ({"prompt_tokens": True, "completion_tokens": 2}, None),
        ({"prompt_tokens": "3", "completion_tokens": 2}, None),
        ({"prompt_tokens": 10**12, "completion_tokens": 2}, None),
        ({"prompt_tokens": 3}, None),
        ([3, 2], None),
        (None, None),
    ],
)
def test_tokens_are_counted_as_far_as_they_can_be_believed(usage: object, counted: Usage | None) -> None:
    assert read_completion(document(usage=usage)) == Said("shield left", usage=counted)


@pytest.mark.parametrize(
    "choices",
    [None, [], {}, "x", [None], [{"error": "oh"}], [{"finish_reason": "error", "message": {"content": "shield left"}}]],
)
def test_what_has_no_choice_is_no_answer(choices: object) -> None:
    with pytest.raises(NoCompletion, match=r"its answer is no chat|it answered with an error"):
        read_completion(document(choices=choices))


@pytest.mark.parametrize(
    "message", [None, 7, [], {"content": 7}, {"content": True}, {"tool_calls": [7]}, {"content": [7]}]
)
def test_a_message_of_any_kind_is_read_without_fail(message: object) -> None:
    assert isinstance(read_completion(document(choices=[{"message": message}])), Said)


@pytest.mark.parametrize(
    "events",
    ["data: {", "data: [DONE]", "data: 7\n\ndata: null", 'data: {"choices": [{"delta": 7}]}', "event: x", ": ping\n\n"],
)
def test_a_stream_of_nothing_is_no_answer(events: str) -> None:
    with pytest.raises(NoCompletion):
        read_completion(events.encode(), "text/event-stream")


def test_a_separator_of_unicode_in_a_stream_ends_no_event() -> None:
    event = json.dumps({"choices": [{"delta": {"content": "speak a\u2028b"}}]}, ensure_ascii=False)
    assert read_completion(f"data: {event}\n\ndata: [DONE]\n".encode()) == Said("speak a\u2028b")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "no \\u001b[2J\\u202e room"}}', "no [2J room"),
        (b"\xff\x00no room", "\ufffdno room"),
        (b"", ""),
        (b"x" * 1_000_000, "x" * EXCERPT_CHARACTERS),
        (b"[" * 100_000, "[" * EXCERPT_CHARACTERS),
    ],
)
def test_an_excerpt_is_short_and_visible(body: bytes, words: str) -> None:
    assert excerpt(body) == words
