"""The WebSocket stream, seen by a real client (spec/game-backend.md §6)."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.integration.arena.process import ArenaProcess
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("bots")


class Stream:
    """A connection whose messages are read one by one."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.connection.recv(timeout=20))
        return message

    def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next message of a kind with these fields; others before it are skipped."""
        while True:
            message = self.next()
            if message["event_type"] == kind and fields.items() <= message.items():
                return message


def watching(arena: ArenaProcess, game_id: str, query: str = "") -> ClientConnection:
    return connect(f"ws://{arena.settings.arena_bind}/v2/games/{game_id}/stream{query}")


@pytest.fixture
def created(arena: ArenaProcess) -> tuple[str, list[str]]:
    return arena.create()


@pytest.fixture
def stream(arena: ArenaProcess, created: tuple[str, list[str]]) -> Iterator[Stream]:
    with watching(arena, created[0], "?from_turn_no=1") as connection:
        yield Stream(connection)


def test_a_connection_begins_with_connected_and_the_present_state(
    created: tuple[str, list[str]], stream: Stream
) -> None:
    connected, snapshot = stream.next(), stream.next()

    assert list(connected) == ["event_type", "game_id", "from_turn_no", "connected_at", "message"]
    assert (connected["event_type"], connected["game_id"], connected["from_turn_no"]) == ("CONNECTED", created[0], 1)
    assert list(snapshot) == ["event_type", "game_id", "snapshot", "emitted_at"]
    assert (snapshot["event_type"], snapshot["snapshot"]["status"]) == ("SNAPSHOT", "CREATED")


def test_every_result_is_streamed_with_the_fields_of_the_contract(
    arena: ArenaProcess, created: tuple[str, list[str]], stream: Stream
) -> None:
    game_id, players = created
    arena.http.post(f"/v2/games/{game_id}/start")
    started = stream.until("GAME_STARTED", turn_no=1)
    assert "command_id" not in started
    assert started["snapshot"]["status"] == "RUNNING"

    arena.send(game_id, command_id="1", player_id=players[0], command_type="move", direction="down")
    moved = stream.until("MOVE")
    assert list(moved) == [
        "event_type",
        "game_id",
        "step_seq",
        "turn_no",
        "round_no",
        "result_status",
        "created_at",
        "command_id",
        "command_type",
        "player_id",
        "direction",
        "snapshot",
        "emitted_at",
    ]
    assert (moved["turn_no"], moved["result_status"], moved["player_id"]) == (2, "APPLIED", players[0])

    arena.send(game_id, command_id="1", player_id=players[0], command_type="move", direction="down")
    assert stream.until("MOVE")["result_status"] == "DUPLICATE_COMMAND"
    arena.send(game_id, player_id=players[0], command_type="shoot", direction="down")
    assert stream.until("SHOOT")["result_status"] == "IGNORED_TIMEOUT"
    arena.send(game_id, player_id=players[1], turn_no=2, command_type="shoot", direction="left")
    spoken = stream.until("SPEAK")
    assert (spoken["result_status"], spoken["speak_text"]) == ("APPLIED", 'invalid command: "shoot left"')
    assert "direction" not in spoken


def test_a_turn_that_nobody_takes_ends_as_a_timeout(arena: ArenaProcess) -> None:
    game_id, players = arena.create(turn_timeout_seconds=1)
    with watching(arena, game_id) as connection:
        stream = Stream(connection)
        arena.http.post(f"/v2/games/{game_id}/start")
        timeout = stream.until("TIMEOUT")

    assert (timeout["result_status"], timeout["command_type"], timeout["turn_no"]) == ("TIMEOUT_APPLIED", "timeout", 2)
    assert timeout["player_id"] == players[0]
    assert timeout["command_id"].startswith(f"timeout-{game_id}-1-")
    began = datetime.fromisoformat(arena.game(game_id)["started_at"])
    assert datetime.fromisoformat(timeout["created_at"]) - began >= timedelta(seconds=1)


def test_polling_alone_shows_a_start_and_an_end(arena: ArenaProcess) -> None:
    game_id, _ = arena.create(num_players=1)
    with watching(arena, game_id) as connection:
        stream = Stream(connection)
        stream.until("SNAPSHOT")
        arena.http.post(f"/v2/games/{game_id}/start")
        polled = wait_for(lambda: _polled(stream, "GAME_STARTED"))
        assert polled is not None
        assert polled["snapshot"]["status"] == "RUNNING"
        arena.internal.post(f"/internal/v2/games/{game_id}/finish", json={})
        polled = wait_for(lambda: _polled(stream, "GAME_FINISHED"))
        assert polled is not None
        assert polled["snapshot"]["status"] == "FINISHED"


def _polled(stream: Stream, kind: str) -> dict[str, Any] | None:
    """The next message of a kind, if it came by polling: those have four fields only."""
    message = stream.until(kind)
    return message if len(message) == 4 else None


def test_an_unknown_game_is_an_error_again_and_again(arena: ArenaProcess) -> None:
    with watching(arena, "no-such-game") as connection:
        stream = Stream(connection)
        connected, first, second = stream.next(), stream.next(), stream.next()

    assert connected["event_type"] == "CONNECTED"
    assert connected["from_turn_no"] == 0
    for error in (first, second):
        assert list(error) == ["event_type", "game_id", "error", "at"]
        assert (error["event_type"], error["error"]) == ("ERROR", "game no-such-game not found")


def test_pings_are_answered_and_what_a_viewer_says_is_ignored(stream: Stream) -> None:
    stream.connection.send("hello?")
    stream.connection.send(b"\x00\xff")
    assert stream.connection.ping().wait(20)
    assert stream.next()["event_type"] == "CONNECTED"


def test_a_bad_from_turn_no_refuses_the_connection(arena: ArenaProcess) -> None:
    with pytest.raises(InvalidStatus) as refused, watching(arena, "any", "?from_turn_no=x"):
        pass
    assert refused.value.response.status_code == 400


def test_all_viewers_of_a_game_see_its_events_and_no_other_games(arena: ArenaProcess) -> None:
    (game_id, players), (other_id, other_players) = arena.create_started(), arena.create_started()
    with watching(arena, game_id) as one, watching(arena, game_id) as two:
        streams = [Stream(one), Stream(two)]
        for stream in streams:
            stream.until("SNAPSHOT")
        arena.send(other_id, command_id="theirs", player_id=other_players[0])
        arena.send(game_id, command_id="ours", player_id=players[0])
        for stream in streams:
            assert stream.until("SHIELD")["command_id"] == "ours"
