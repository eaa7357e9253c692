"""The WebSocket stream, seen by a real client (docs/wire.md#stream)."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.state.client import Redis
from cowboy.state.dead_letters import DeadLetters
from cowboy.state.keys import Keys
from tests.integration.arena.process import ArenaProcess, request
from tests.integration.arena.topics import read_topic
from tests.tables import started
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


class Metronome:
    """Tells that every viewer was polled: it watches a game that there is not, and is told so at each poll."""

    def __init__(self, connection: ClientConnection) -> None:
        self._stream = Stream(connection)

    def beat(self) -> None:
        """Return after two polls from now on, which is 1.6 s."""
        while True:
            try:
                self._stream.connection.recv(timeout=0)
            except TimeoutError:
                break
        for _ in range(2):
            self._stream.until("ERROR")


@pytest.fixture
def metronome(arena: ArenaProcess) -> Iterator[Metronome]:
    with watching(arena, "no-such-game") as connection:
        yield Metronome(connection)


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
    stream.until("SNAPSHOT")  # what happens before this is told by it, not as an event
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
        stream.until("SNAPSHOT")
        arena.http.post(f"/v2/games/{game_id}/start")
        timeout = stream.until("TIMEOUT")

    assert (timeout["result_status"], timeout["command_type"], timeout["turn_no"]) == ("TIMEOUT_APPLIED", "timeout", 2)
    assert timeout["player_id"] == players[0]
    assert timeout["command_id"].startswith(f"timeout-{game_id}-1-")
    began = datetime.fromisoformat(arena.game(game_id)["started_at"])
    assert datetime.fromisoformat(timeout["created_at"]) - began >= timedelta(seconds=1)


def test_polling_shows_what_no_event_tells(arena: ArenaProcess) -> None:
    game_id, players = arena.create_started()
    with watching(arena, game_id) as connection:
        stream = Stream(connection)
        stream.until("SNAPSHOT")
        arena.internal.post(f"/internal/v2/games/{game_id}/commands/apply", json=request(player_id=players[0]))
        polled = stream.next()
        assert (polled["event_type"], len(polled), polled["snapshot"]["turn_no"]) == ("SNAPSHOT", 4, 2)
        arena.send(game_id, player_id=players[1], turn_no=2)
        assert stream.next()["event_type"] == "SHIELD"


def test_each_event_is_told_once_with_the_game_right_after_it(arena: ArenaProcess, metronome: Metronome) -> None:
    game_id, players = arena.create(max_turns=4)
    with watching(arena, game_id, "?from_turn_no=1") as connection:
        stream = Stream(connection)
        messages = [stream.next(), stream.next()]
        arena.http.post(f"/v2/games/{game_id}/start")
        for turn_no in range(1, 5):
            messages.append(stream.next())
            metronome.beat()
            arena.send(game_id, player_id=players[1 - turn_no % 2], turn_no=turn_no)
        messages += [stream.next(), stream.next()]
        metronome.beat()
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0)

    assert [message["event_type"] for message in messages] == [
        "CONNECTED",
        "SNAPSHOT",
        "GAME_STARTED",
        *["SHIELD"] * 4,
        "GAME_FINISHED",
    ]
    told = [(message["snapshot"]["turn_no"], message["snapshot"]["status"]) for message in messages[1:]]
    running = [(turn_no, "RUNNING") for turn_no in range(1, 6)]
    assert told == [(1, "CREATED"), *running, (5, "FINISHED")]
    assert all(message["turn_no"] == message["snapshot"]["turn_no"] for message in messages[2:])


def test_a_client_that_takes_its_time_for_each_message_plays_all_its_commands_in_their_turns(
    arena: ArenaProcess, metronome: Metronome
) -> None:
    """It acts on each message that says that it is its turn. Its opponents answer at once, as bots do."""
    game_id, players = arena.create(num_players=3)
    with watching(arena, game_id) as connection:
        stream, sent = Stream(connection), 0
        arena.http.post(f"/v2/games/{game_id}/start")
        while sent < 4:
            message = stream.next()
            metronome.beat()
            snapshot = message.get("snapshot")
            if snapshot is None or (snapshot["status"], snapshot["current_player_id"]) != ("RUNNING", players[0]):
                continue
            arena.send(game_id, player_id=players[0], turn_no=snapshot["turn_no"])
            sent += 1
            for later in (1, 2):
                arena.send(game_id, player_id=players[later], turn_no=snapshot["turn_no"] + later)
            wait_for(lambda: arena.game(game_id)["current_player_id"] == players[0])
    events = read_topic(arena.settings, f"{arena.settings.output_topic_prefix}.{game_id}.v1", 3 * sent + 1)
    assert {event["result_status"] for event in events} == {"APPLIED"}
    assert arena.game(game_id)["turn_no"] == 3 * sent + 1


def test_viewers_are_told_nothing_of_another_game_whose_event_stands_on_their_topic(
    arena: ArenaProcess, created: tuple[str, list[str]], stream: Stream, redis: Redis
) -> None:
    game_id, _ = created
    dead_letters = DeadLetters(redis, Keys(arena.settings.key_prefix))
    stream.until("SNAPSHOT")
    with Producer(arena.settings) as producer:
        topic = TopicNames.of(arena.settings).output_of(game_id)
        producer.send(topic, "another", started("another").to_json()).wait()
    wait_for(lambda: dead_letters.counts().get("watcher"))
    arena.http.post(f"/v2/games/{game_id}/start")
    began = stream.next()
    assert (began["event_type"], began["game_id"]) == ("GAME_STARTED", game_id)
    assert "'another'" in str(dead_letters.latest()[0]["reason"])


def test_who_comes_into_a_running_game_is_told_its_state_and_then_what_happens(arena: ArenaProcess) -> None:
    game_id, players = arena.create_started()
    arena.send(game_id, player_id=players[0])
    wait_for(lambda: arena.game(game_id)["turn_no"] == 2)
    with watching(arena, game_id) as connection:
        stream = Stream(connection)
        messages = [stream.next(), stream.next()]
        arena.send(game_id, command_id="late", player_id=players[0])
        arena.send(game_id, player_id=players[1], turn_no=2)
        messages += [stream.next(), stream.next()]
    assert [message["event_type"] for message in messages] == ["CONNECTED", "SNAPSHOT", "SHIELD", "SHIELD"]
    assert [message["snapshot"]["turn_no"] for message in messages[1:]] == [2, 2, 3]


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
