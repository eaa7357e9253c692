"""What is accepted and what is refused on reading (docs/wire.md#conventions): strict types, tolerated extra fields."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from cowboy.game.wire.http import CommandRequest, CreateGame, FinishGame
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import GameState

from . import golden


def refused(name: str, document: bytes) -> bool:
    try:
        golden.TYPES[name].model_validate_json(document)
    except ValidationError:
        return True
    return False


WRONG_ENUMS = [
    ("player-state", "player_name", "E"),
    ("player-state", "player_name", "a"),
    ("player-state", "shield", "UP"),
    ("player-state", "shield", "north"),
    ("game-running", "status", "PAUSED"),
    ("game-running", "map_source", "default"),
    ("command-move", "command_type", "Move"),
    ("command-move", "command_type", "jump"),
    ("command-move", "source", "USER"),
    ("command-move", "direction", ""),
    ("command-move", "direction", 1),
    ("event-step-applied", "event_type", "step_applied"),
    ("event-step-applied", "result_status", "OK"),
    ("http-create-game", "bot_players", ["B", "E"]),
    ("http-create-game", "brains", {"E": "search"}),
    ("http-started", "reason", "NOT_NOW"),
    ("http-finished", "reason", "NOT_NOW"),
    ("stream-connected", "event_type", "SNAPSHOT"),
    ("stream-polled-snapshot", "event_type", "MOVE"),
    ("stream-shoot", "result_status", "applied"),
]


@pytest.mark.parametrize(("name", "path", "value"), WRONG_ENUMS)
def test_an_unknown_word_is_refused(name: str, path: str, value: object) -> None:
    assert refused(name, golden.changed(name, path, value))


UNSIGNED = [
    ("game-running", "turn_timeout_seconds"),
    ("game-running", "turn_no"),
    ("game-running", "round_no"),
    ("game-running", "state.players.1.row"),
    ("snapshot-running", "last_step_seq"),
    ("command-move", "turn_no"),
    ("event-step-applied", "step_seq"),
    ("event-step-applied", "turn_no"),
    ("event-step-applied", "command.turn_no"),
    ("http-create-game", "turn_timeout_seconds"),
    ("http-create-game", "num_players"),
    ("http-create-game", "seed"),
    ("http-command-request", "turn_no"),
    ("http-finish-request", "expected_turn_no"),
    ("stream-connected", "from_turn_no"),
    ("stream-shoot", "step_seq"),
]


@pytest.mark.parametrize("value", [-1, 1.5, 1.0, "1", True, [1], 2**64, 10**400], ids=lambda value: repr(value)[:8])
@pytest.mark.parametrize(("name", "path"), UNSIGNED)
def test_an_unsigned_field_takes_whole_numbers_of_64_bits_and_nothing_else(name: str, path: str, value: object) -> None:
    assert refused(name, golden.changed(name, path, value))


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 0.5, "1", True, None], ids=repr)
@pytest.mark.parametrize(("name", "path"), [("map", "cells.1.1"), ("player-state", "hp")])
def test_cells_and_hp_are_signed_numbers_of_32_bits(name: str, path: str, value: object) -> None:
    assert refused(name, golden.changed(name, path, value))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("game-running", "turn_started_at"),
        ("command-move", "sent_at"),
        ("event-step-applied", "created_at"),
        ("http-command-request", "client_sent_at"),
        ("stream-shoot", "emitted_at"),
    ],
)
@pytest.mark.parametrize(
    "time",
    [
        "2027-12-01T00:00:41",
        "2027-12-01T00:00:41.123456789",
        "2027-12-01",
        "2027-02-29T00:00:41Z",
        "2027-12-01T24:00:41Z",
        "2027-12-01T00:00:41+24:00",
        "yesterday",
        "",
        "1827619241",
        "1827619241.5",
        1827619241,
        1827619241.5,
        True,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_time_without_offset_or_out_of_the_world_is_refused(name: str, field: str, time: object) -> None:
    assert refused(name, golden.changed(name, field, time))


MOMENT = datetime(2027, 12, 1, 6, 30, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time", "written"),
    [
        ("2027-12-01T06:30:41Z", MOMENT, "2027-12-01T06:30:41Z"),
        ("2027-12-01t06:30:41z", MOMENT, "2027-12-01T06:30:41Z"),
        ("2027-12-01T06:30:41.000Z", MOMENT, "2027-12-01T06:30:41Z"),
        ("2027-12-01T06:30:41.070Z", MOMENT.replace(microsecond=70_000), "2027-12-01T06:30:41.070Z"),
        ("2027-12-01T06:30:41.5Z", MOMENT.replace(microsecond=500_000), "2027-12-01T06:30:41.500Z"),
        ("2027-12-01T06:30:41.000007Z", MOMENT.replace(microsecond=7), "2027-12-01T06:30:41.000007Z"),
        ("2027-12-01T06:30:41.000700Z", MOMENT.replace(microsecond=700), "2027-12-01T06:30:41.000700Z"),
        ("2027-12-01T06:30:41.123456789Z", MOMENT.replace(microsecond=123_456), "2027-12-01T06:30:41.123456Z"),
        ("2027-12-01T06:30:41.000000001Z", MOMENT, "2027-12-01T06:30:41Z"),
        ("2027-12-01T12:15:41+05:45", MOMENT, "2027-12-01T06:30:41Z"),
        ("2027-11-30T22:30:41.250-08:00", MOMENT.replace(microsecond=250_000), "2027-12-01T06:30:41.250Z"),
    ],
)
def test_a_time_is_read_with_any_offset_and_written_in_utc(text: str, time: datetime, written: str) -> None:
    command = Command.model_validate_json(golden.changed("command-move", "sent_at", text))
    assert (command.sent_at, command.sent_at.utcoffset()) == (time, timedelta(0))
    assert f'"sent_at":"{written}"' in command.to_json().decode()


def test_a_time_of_ours_becomes_utc_and_one_without_offset_is_refused() -> None:
    fields = {"accepted": True, "command_id": "x"}
    here = MOMENT.astimezone(timezone(timedelta(hours=-3)))
    queued = golden.TYPES["http-queued-command"]
    assert queued(**fields, queued_at=here).to_json().endswith(b'"queued_at":"2027-12-01T06:30:41Z"}')
    with pytest.raises(ValidationError, match="timezone"):
        queued(**fields, queued_at=MOMENT.replace(tzinfo=None))


MOVE = golden.text("command-move").encode()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b'"command"',
        b"{}",
        MOVE[:-3],
        MOVE + b"x",
        b"\xef\xbb\xbf" + MOVE,
        MOVE.decode().encode("utf-16"),
        MOVE.replace(b"command-move", b"").replace(b'"right"', b"'right'"),
        MOVE.replace(b"null", b'"\xff"'),
        MOVE.replace(b"null", b'"\xc0\x80"'),
        MOVE.replace(b"null", b'"\xed\xa0\x80"'),
        MOVE.replace(b"null", rb'"\ud83e"'),
        MOVE.replace(b"null", rb'"\udd20\ud83e"'),
        MOVE.replace(b"null", b'"line\nbreak"'),
        MOVE.replace(b"null", b"[" * 100_000 + b"]" * 100_000),
        MOVE.replace(b"null", b'null, "more": ' + b"[" * 100_000 + b"]" * 100_000),
        MOVE.replace(b"null", b'null, "more": ' + b'{"a":' * 100_000 + b"0" + b"}" * 100_000),
        MOVE.replace(b": 2,", b": 1" + b"0" * 10_000 + b","),
        MOVE.replace(b": 2,", b": 02,"),
        MOVE.replace(b": 2,", b": NaN,"),
        MOVE.replace(b": 2,", b": 2e0,"),
    ],
    ids=[
        "nothing",
        "null",
        "list",
        "string",
        "empty object",
        "cut off",
        "more than one document",
        "byte order mark",
        "UTF-16",
        "single quotes",
        "not UTF-8",
        "overlong UTF-8",
        "surrogate in UTF-8",
        "lone surrogate",
        "surrogates the wrong way round",
        "control character",
        "deep nesting in a field",
        "deep nesting in an unknown field",
        "deep objects in an unknown field",
        "ten thousand digits",
        "leading zero",
        "NaN",
        "exponent",
    ],
)
def test_what_is_not_a_command_in_json_is_refused_and_nothing_worse(document: bytes) -> None:
    assert document != MOVE
    assert refused("command-move", document)


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("map", "rows", 4),
        ("map", "rows", 2),
        ("map", "cols", 4),
        ("map", "rows", 0),
        ("map", "rows", 10**9),
        ("map", "cells", []),
        ("map", "cells.1", [0, 0, 0, 0]),
        ("map", "cells.1", None),
        ("map", "cells.1.1", [0]),
        ("state", "players", []),
        ("state", "players.0.row", 3),
        ("state", "players.0.col", 5),
        ("state", "players.0.hp", 0),
        ("state", "players.0.hp", -1),
        ("state", "players.0.player_id", "22e8b1f5-9d3c-4a6f-8ab4-71d6e5f4a3b2"),
        ("game-running", "state.map.rows", 4),
        ("event-step-applied", "state_after.players.2.row", 3),
        ("http-create-game", "map.cols", 4),
    ],
)
def test_a_state_that_contradicts_itself_is_refused(name: str, path: str, value: object) -> None:
    assert refused(name, golden.changed(name, path, value))


def test_a_fifth_player_is_refused() -> None:
    state = GameState.model_validate_json(golden.text("state"))
    players = [state.players[0].model_copy(update={"player_id": str(n)}).model_dump(mode="json") for n in range(5)]
    assert not refused("state", golden.changed("state", "players", players[:4]))
    assert refused("state", golden.changed("state", "players", players))


REQUIRED = {
    "map": "rows cols cells",
    "player-state": "player_name player_id hp row col shield alive",
    "state": "map players",
    "game-running": (
        "game_id status map_source turn_timeout_seconds turn_no round_no current_player_id created_at state"
    ),
    "snapshot-running": "game_id status current_player_id turn_no round_no state last_step_seq",
    "command-move": "command_id source game_id command_type turn_no sent_at",
    "event-step-applied": "game_id step_seq turn_no round_no event_type result_status state_after created_at",
    "http-command-request": "command_id player_id command_type turn_no client_sent_at",
}


@pytest.mark.parametrize(("name", "field"), [(name, field) for name in REQUIRED for field in REQUIRED[name].split()])
def test_a_required_field_may_be_neither_missing_nor_null(name: str, field: str) -> None:
    assert refused(name, golden.without(name, field))
    assert refused(name, golden.changed(name, field, None))


OPTIONAL = {
    "game-running": "started_at turn_started_at input_topic output_topic",
    "snapshot-running": "turn_started_at",
    "command-move": "player_id direction speak_text",
    "event-step-applied": "command",
    "http-command-request": "direction speak_text",
    "http-create-game": "turn_timeout_seconds map num_players bot_players brains seed max_turns characters",
    "http-finish-request": "expected_turn_no",
    "stream-shoot": "command_id command_type player_id direction",
}


@pytest.mark.parametrize(("name", "field"), [(name, field) for name in OPTIONAL for field in OPTIONAL[name].split()])
def test_a_missing_optional_field_is_the_same_as_null(name: str, field: str) -> None:
    kind = golden.TYPES[name]
    missing = kind.model_validate_json(golden.without(name, field))
    assert missing == kind.model_validate_json(golden.changed(name, field, None))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("command-move", "priority"),
        ("event-step-applied", "winner"),
        ("event-step-applied", "command.priority"),
        ("event-step-applied", "state_after.weather"),
        ("event-step-applied", "state_after.map.name"),
        ("event-step-applied", "state_after.players.0.hat"),
        ("game-running", "spectators"),
        ("stream-shoot", "snapshot.turn_timeout_seconds"),
        ("http-create-game", "title"),
    ],
)
def test_an_unknown_field_is_ignored(name: str, path: str) -> None:
    kind = golden.TYPES[name]
    more = kind.model_validate_json(golden.changed(name, path, {"a": [1, None, "up"]}))
    assert more == kind.model_validate_json(golden.text(name))


def test_the_largest_numbers_of_the_wire_are_read() -> None:
    event = StepEvent.model_validate_json(golden.changed("event-step-applied", "step_seq", 2**64 - 1))
    assert event.step_seq == 2**64 - 1


def test_ids_may_be_any_text_and_texts_any_characters() -> None:
    text = '\u0000 \\ " \u2028 \U0001f920 ' + "long " * 10_000
    command = Command.model_validate_json(golden.changed("command-speak", "speak_text", text))
    assert command.speak_text == text
    assert Command.model_validate_json(command.to_json()) == command


@pytest.mark.parametrize("text", ["x" * 1_000_001, 5, ["x"], {"x": 1}], ids=lambda value: type(value).__name__)
def test_a_text_is_a_string_of_at_most_a_million_characters(text: object) -> None:
    assert refused("command-speak", golden.changed("command-speak", "speak_text", text))
    assert refused("command-speak", golden.changed("command-speak", "command_id", text))


def test_an_empty_request_is_a_game_of_two_with_two_minutes_a_turn() -> None:
    expected = CreateGame.model_validate_json(golden.text("http-create-game-defaults"))
    assert CreateGame.model_validate_json(b"{}") == expected


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("num_players", 256),
        ("seed", 2**63),
        ("max_turns", 0),
        ("brains", {"B": "Search"}),
        ("brains", {"B": "search\n"}),
        ("brains", {"B": "x" * 33}),
        ("brains", {"B": ""}),
        ("bot_players", "B"),
    ],
)
def test_a_request_out_of_its_bounds_is_refused(path: str, value: object) -> None:
    assert refused("http-create-game", golden.changed("http-create-game", path, value))


@pytest.mark.parametrize("players", [0, 255])
def test_a_number_of_players_is_clamped_by_the_arena_and_not_refused_here(players: int) -> None:
    request = CreateGame.model_validate_json(golden.changed("http-create-game", "num_players", players))
    assert request.num_players == players


def test_a_finish_request_may_say_nothing() -> None:
    assert FinishGame.model_validate_json(b"{}").expected_turn_no is None


def test_a_message_cannot_be_changed_once_read() -> None:
    request = CommandRequest.model_validate_json(golden.text("http-command-request"))
    with pytest.raises(ValidationError, match="frozen"):
        request.turn_no = 5  # type: ignore[misc]
