"""The turn bridge with a real Redis and a real broker: each open turn of a bot becomes one queued decision."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from consumers.bridge import Bridge
from cowboy.bus.client import client_options
from cowboy.game.board import new_state
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.turns import follow
from cowboy.game.words import CommandType, ResultStatus
from cowboy.state.games import AssignedGame
from cowboy.state.keys import Keys
from cowboy.state.presence import bridges as presence_of_bridges
from cowboy.state.state import State
from cowboy.state.tables import Tables, Update
from tests.integration.consumers.rig import B, C, D, Rig, bridging
from tests.queues import messages
from tests.tables import IDS, SHIELD, binding, finished, history, started, step
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

GAMES = 10


def test_each_turn_of_a_bot_is_queued_once_and_a_persons_turn_is_not(rig: Rig) -> None:
    rig.begin("g1")
    with bridging(rig.settings):
        for event in history("g1", 5):
            rig.read_up_to("g1", rig.send("g1", event))
    assert rig.queued() == [("g1", B, 2), ("g1", C, 3), ("g1", D, 4), ("g1", B, 6)]


def test_events_that_come_in_one_go_leave_only_the_open_turn_to_decide(rig: Rig) -> None:
    rig.begin("g1")
    end = rig.send("g1", *history("g1", 3))
    with bridging(rig.settings):
        rig.read_up_to("g1", end)
    assert rig.queued()[-1] == ("g1", D, 4)
    assert len(set(rig.queued())) == len(rig.queued())


def test_a_queued_decision_carries_no_more_than_its_turn_and_leaves_its_end_to_the_claim(rig: Rig) -> None:
    rig.begin("g1")
    event = history("g1", 1)[1]
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", event))
    (message,) = messages(rig.settings, rig.redis)
    assert message["headers"]["expires"] is None  # a worker would judge that by its own clock
    assert message["headers"]["argsrepr"] == f"('g1', '{B}', 2)"
    assert message["headers"]["kwargsrepr"] == "{}"


def test_a_bridge_that_starts_again_goes_on_where_it_was_and_queues_no_turn_twice(rig: Rig) -> None:
    rig.begin("g1")
    for event in history("g1", 3):
        with bridging(rig.settings):
            rig.read_up_to("g1", rig.send("g1", event))
    assert rig.queued() == [("g1", B, 2), ("g1", C, 3), ("g1", D, 4)]


def test_a_turn_that_was_stored_by_a_bridge_that_died_before_it_queued_it_is_queued_once(rig: Rig) -> None:
    rig.begin("g1")
    table = follow(None, history("g1", 1)[1]).table
    rig.tables.store([Update(table, datetime.now(UTC) + timedelta(seconds=60), ())])
    for _ in range(2):
        with bridging(rig.settings):
            wait_for(lambda: rig.tables.load("g1").queued_turn == 2)
    assert rig.queued() == [("g1", B, 2)]


def test_a_topic_read_again_from_its_start_queues_nothing_again(rig: Rig) -> None:
    rig.begin("g1")
    with bridging(rig.settings):
        for event in history("g1", 3):
            end = rig.send("g1", event)
            rig.read_up_to("g1", end)
    rig.redis.hdel(rig.keys.table("g1"), "position")
    with bridging(rig.settings):
        rig.read_up_to("g1", end)
    assert rig.queued() == [("g1", B, 2), ("g1", C, 3), ("g1", D, 4)]


def test_a_game_whose_table_is_lost_is_read_from_its_start_though_its_position_is_not(rig: Rig) -> None:
    rig.begin("g1")
    with bridging(rig.settings):
        end = rig.send("g1", *history("g1", 3))
        rig.read_up_to("g1", end)
    rig.redis.hdel(rig.keys.table("g1"), "table", "turn_no", "player_id", "deadline_ms")
    with bridging(rig.settings):
        wait_for(lambda: rig.tables.load("g1").table is not None)
        rig.read_up_to("g1", end)
    assert rig.queued()[-1] == ("g1", D, 4)


def test_a_bridge_that_has_lost_all_it_knew_reads_the_game_from_its_start(rig: Rig) -> None:
    rig.begin("g1")
    with bridging(rig.settings):
        end = rig.send("g1", *history("g1", 3))
        rig.read_up_to("g1", end)
    rig.redis.delete(rig.keys.table("g1"))
    with bridging(rig.settings):
        rig.read_up_to("g1", end)
    assert rig.queued()[-1] == ("g1", D, 4)


def test_after_a_lost_event_the_game_goes_on(rig: Rig) -> None:
    rig.begin("g1")
    events = history("g1", 6)
    with bridging(rig.settings):
        for event in (events[0], events[1], events[5], events[6]):
            rig.read_up_to("g1", rig.send("g1", event))
    assert rig.queued() == [("g1", B, 2), ("g1", B, 6), ("g1", C, 7)]


@pytest.mark.parametrize(
    "result",
    [
        ResultStatus.IGNORED_TIMEOUT,
        ResultStatus.INVALID_COMMAND,
        ResultStatus.INVALID_TURN,
        ResultStatus.DUPLICATE_COMMAND,
    ],
)
def test_an_event_that_changed_nothing_queues_nothing(rig: Rig, result: ResultStatus) -> None:
    rig.begin("g1")
    opening = history("g1", 1)[1]
    with bridging(rig.settings):
        rig.send("g1", opening)
        rig.read_up_to("g1", rig.send("g1", opening.model_copy(update={"result_status": result})))
    assert rig.queued() == [("g1", B, 2)]


def test_an_event_that_comes_twice_queues_its_turn_once(rig: Rig) -> None:
    rig.begin("g1")
    opening = history("g1", 1)[1]
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", opening))
        rig.read_up_to("g1", rig.send("g1", opening, opening))
    assert rig.queued() == [("g1", B, 2)]


def test_a_turn_passed_by_the_timer_opens_the_next(rig: Rig) -> None:
    rig.begin("g1")
    board = new_state(default_grid(), 4)
    _, timeout = step("g1", board, Action(CommandType.TIMEOUT))
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", started("g1"), timeout))
    assert rig.queued() == [("g1", B, 2)]


HOSTILE = {
    b"\xff\xfe\x00": "message: Invalid JSON",
    b"null": "message: Input should be an object",
    b"[" * 100_000: "message: Invalid JSON: recursion limit exceeded",
    b'{"game_id": "g1"}': "step_seq: Field required",
    started("g2").to_json(): "game_id: 'g2' is not the game of this topic",
    started("g1").to_json().replace(b'"turn_no":1', b'"turn_no":-1'): "turn_no: Input should be greater",
    started("g1").to_json().replace(b'"step_seq":1', b'"step_seq":"1"'): "step_seq: Input should be a valid integer",
    started("g1").to_json().replace(b"GAME_STARTED", b"GAME_EXPLODED"): "event_type: Input should be",
    started("g1").to_json().replace(b'"rows":11', b'"rows":12'): "state_after.map",
}


def test_messages_that_cannot_be_read_become_dead_letters_and_the_stream_goes_on(rig: Rig) -> None:
    rig.begin("g1")
    rig.send("g1", *HOSTILE)
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", history("g1", 1)[1]))
    assert rig.queued() == [("g1", B, 2)]
    assert rig.dead_letters.counts() == {"bridge": len(HOSTILE)}
    letters = list(reversed(rig.dead_letters.latest()))
    assert [(letter["topic"], letter["offset"]) for letter in letters] == [
        (rig.topics.output_of("g1"), offset) for offset in range(len(HOSTILE))
    ]
    for letter, reason in zip(letters, HOSTILE.values(), strict=True):
        assert str(letter["reason"]).startswith(reason)


def test_a_line_of_the_log_names_the_game_it_is_about(rig: Rig) -> None:
    rig.begin("g1", "g2")
    ends = {game_id: rig.send(game_id, b"nonsense") for game_id in ("g1", "g2")}
    with capture_logs([merge_contextvars]) as lines, bridging(rig.settings):
        for game_id, end in ends.items():
            rig.read_up_to(game_id, end)
    told = {(line["game_id"], line["topic"]) for line in lines if line["event"] == "dead_letter"}
    assert told == {(game_id, rig.topics.output_of(game_id)) for game_id in ends}


@pytest.mark.parametrize("value", [None, b"", b"x" * 2_000_000], ids=["null", "empty", "2 MB"])
def test_a_message_too_large_or_without_a_body_is_a_dead_letter_too(rig: Rig, value: bytes | None) -> None:
    rig.begin("g1")
    other = KafkaProducer(**client_options(rig.settings), max_request_size=20_000_000)
    other.send(rig.topics.output_of("g1"), key=b"k", value=value).get(timeout=30)
    other.close()
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", history("g1", 1)[1]))
    assert rig.queued() == [("g1", B, 2)]
    (letter,) = rig.dead_letters.latest()
    assert (letter["offset"], letter["size"]) == (0, len(value or b""))
    assert len(json.dumps(letter)) < 2_000


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_an_event_from_the_end_of_time_does_not_stop_the_bridge(rig: Rig, moment: str) -> None:
    rig.begin("g1", "g2")
    strange = started("g1").model_copy(update={"created_at": datetime.fromisoformat(moment)})
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", strange))
        rig.read_up_to("g2", rig.send("g2", history("g2", 1)[1]))
    assert ("g2", B, 2) in rig.queued()


def test_a_game_with_an_endless_turn_timeout_is_played(rig: Rig) -> None:
    rig.create("g1")
    rig.assign("g1", turn_timeout_seconds=2**64 - 1)
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", history("g1", 1)[1]))
    assert rig.queued() == [("g1", B, 2)]


def test_a_backend_whose_clock_is_ahead_gives_no_bot_more_than_its_turns_time(rig: Rig) -> None:
    rig.begin("g1")
    opening = history("g1", 1)[1]
    ahead = opening.model_copy(update={"created_at": opening.created_at + timedelta(hours=1)})
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", ahead))
    waiting = Tables(rig.redis, Keys(rig.settings.key_prefix), 20, patience_seconds=2, rescue_seconds=1).open_turn("g1")
    assert waiting is not None
    assert waiting.deadline <= datetime.now(UTC) + timedelta(seconds=61)


def test_a_turn_that_is_over_already_is_not_queued(rig: Rig) -> None:
    rig.begin("g1")
    _, old = step("g1", new_state(default_grid(), 4), SHIELD, age=timedelta(seconds=61))
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", started("g1"), old))
    assert rig.queued() == []


def test_a_game_that_is_assigned_later_is_read_from_its_start(rig: Rig) -> None:
    rig.begin("g1")
    rig.create("g2")
    end = rig.send("g2", *history("g2", 1))
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", *history("g1", 1)))
        rig.assign("g2")
        rig.read_up_to("g2", end)
        rig.read_up_to("g1", rig.send("g1", history("g1", 2)[2]))
    assert rig.queued() == [("g1", B, 2), ("g2", B, 2), ("g1", C, 3)]


def test_a_forgotten_game_is_no_longer_read(rig: Rig) -> None:
    rig.begin("g1", "g2")
    events = history("g1", 2)
    with bridging(rig.settings) as bridge:
        rig.read_up_to("g1", rig.send("g1", *events[:2]))
        rig.games.forget("g1")
        wait_for(lambda: bridge._live.keys() == {"g2"})
        rig.send("g1", events[2])
        rig.read_up_to("g2", rig.send("g2", *history("g2", 1)))
    assert rig.queued() == [("g1", B, 2), ("g2", B, 2)]
    assert rig.keys_of("g1") == set()


def test_a_game_forgotten_while_the_bridge_is_at_it_leaves_nothing(rig: Rig) -> None:
    rig.begin("g1")
    bridge = Bridge(State.of(rig.settings), "by hand")
    try:
        bridge._share()
        rig.send("g1", *history("g1", 1))
        records = wait_for(lambda: bridge._reader.poll(100))
        rig.games.forget("g1")
        bridge._handle(records)
        bridge._share()
    finally:
        bridge.close()
    assert rig.queued() == []
    assert rig.keys_of("g1") == set()


def test_a_game_that_is_over_leaves_nothing(rig: Rig) -> None:
    rig.begin("g1")
    events = history("g1", 2)
    with bridging(rig.settings):
        rig.send("g1", *events, finished(events[-1]))
        wait_for(lambda: not rig.games.live())
    assert rig.keys_of("g1") == set()


def test_a_game_that_is_over_before_it_was_ever_read_leaves_nothing(rig: Rig) -> None:
    rig.begin("g1")
    rig.send("g1", finished(history("g1", 2)[-1]))
    with bridging(rig.settings):
        wait_for(lambda: not rig.games.live())
    assert rig.queued() == []
    assert rig.keys_of("g1") == set()


def test_a_game_with_one_player_left_is_over_before_its_end_is_announced(rig: Rig) -> None:
    rig.begin("g1")
    *before, last = history("g1", 1)
    players = tuple(
        player.model_copy(update={"alive": player.player_id == IDS[0], "hp": 10 * (player.player_id == IDS[0])})
        for player in last.state_after.players
    )
    killed = last.model_copy(update={"state_after": last.state_after.model_copy(update={"players": players})})
    with bridging(rig.settings):
        rig.send("g1", *before, killed)
        wait_for(lambda: not rig.games.live())
    assert rig.keys_of("g1") == set()


def test_a_game_is_over_after_the_last_turn_that_is_allowed(rig: Rig) -> None:
    rig.create("g1")
    bots = [binding("g1", seat) for seat in (1, 2, 3)]
    rig.games.assign(AssignedGame(game_id="g1", turn_timeout_seconds=60, max_turns=2), bots)
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", *history("g1", 1)))
        rig.send("g1", history("g1", 2)[2])
        wait_for(lambda: rig.games.live() == set())
    assert rig.keys_of("g1") == set()


def test_a_game_whose_topic_is_gone_at_two_looks_is_over(rig: Rig) -> None:
    rig.create("g2")
    rig.assign("g1", "g2")
    bridge = Bridge(State.of(rig.settings), "by hand")
    try:
        # Known but never read: the embedded broker would bring the topic back for its reader.
        bridge._live = {game_id: bridge._load(game_id, "") for game_id in ("g1", "g2")}
        bridge._forget_vanished()
        assert rig.games.live() == {"g1", "g2"}
        bridge._forget_vanished()
    finally:
        bridge.close()
    assert rig.games.live() == {"g2"}
    assert rig.keys_of("g1") == set()


def test_a_game_whose_topic_is_back_at_the_second_look_goes_on(rig: Rig) -> None:
    rig.assign("g1")
    bridge = Bridge(State.of(rig.settings), "by hand")
    try:
        bridge._live = {"g1": bridge._load("g1", "")}
        bridge._forget_vanished()
        rig.create("g1")
        bridge._forget_vanished()
        bridge._let_go()
    finally:
        bridge.close()
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", *history("g1", 1)))
    assert rig.queued() == [("g1", B, 2)]


@pytest.mark.parametrize("known", [0, 3], ids=["nothing known", "turn 4 known"])
def test_a_topic_that_ends_before_the_stored_position_is_read_from_its_start(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, known: int
) -> None:
    monkeypatch.setattr("consumers.bridge.REPLACED_SECONDS", 0.1)
    rig.begin("g1")
    events = history("g1", 4)
    if known:
        with bridging(rig.settings):
            rig.read_up_to("g1", rig.send("g1", *events[: known + 1]))
        rig.redis.delete(f"{rig.keys.celery_prefix}bots.i1")
    rig.redis.hset(rig.keys.table("g1"), "position", 1_000)
    with bridging(rig.settings):
        end = rig.send("g1", *events[known and known + 1 :])
        wait_for(lambda: 0 < rig.position("g1") <= end)
        rig.read_up_to("g1", end)
    assert rig.tables.load("g1").table.turn_no == 5
    assert [turn for turn in rig.queued() if turn[2] <= known + 1] == []


def test_a_flood_of_garbage_on_one_topic_does_not_keep_the_turns_of_others_waiting(rig: Rig) -> None:
    rig.begin("g1", "g2")
    with bridging(rig.settings):
        rig.send("g1", *([b"\x00garbage"] * 300))
        rig.read_up_to("g2", rig.send("g2", *history("g2", 1)))
        rig.read_up_to("g1", rig.send("g1", history("g1", 1)[1]))
    assert sorted(rig.queued()) == [("g1", B, 2), ("g2", B, 2)]
    assert rig.dead_letters.counts() == {"bridge": 300}


def test_a_bot_that_was_moved_gets_its_turns_at_its_new_instance(rig: Rig) -> None:
    rig.begin("g1")
    events = history("g1", 5)
    with bridging(rig.settings):
        rig.read_up_to("g1", rig.send("g1", *events[:2]))
        rig.games.assign(rig.games.get("g1"), [binding("g1", 1, instance="i2")])
        rig.read_up_to("g1", rig.send("g1", *events[2:]))
    assert ("g1", B, 2) in rig.queued()
    assert ("g1", B, 6) not in rig.queued()
    (message,) = messages(rig.settings, rig.redis, "i2")
    assert message["headers"]["argsrepr"] == f"('g1', '{B}', 6)"


def test_one_bridge_carries_many_games_at_once(rig: Rig) -> None:
    game_ids = [f"g{number}" for number in range(GAMES)]
    rig.begin(*game_ids)
    with bridging(rig.settings):
        for turn in range(5):
            ends = {game_id: rig.send(game_id, history(game_id, turn)[turn]) for game_id in game_ids}
            for game_id, end in ends.items():
                rig.read_up_to(game_id, end)
    expected = {(game_id, IDS[(turn - 1) % 4], turn) for game_id in game_ids for turn in (2, 3, 4)}
    assert sorted(rig.queued()) == sorted(expected)


def test_a_bridge_says_that_it_lives_until_it_stops(rig: Rig) -> None:
    bridges = presence_of_bridges(rig.redis, rig.keys, rig.settings.bridge_lease_seconds)
    with bridging(rig.settings):
        wait_for(lambda: bridges.live() == ["test-bridge"])
    assert bridges.live() == []
