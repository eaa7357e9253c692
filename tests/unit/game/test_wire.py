"""What is written on the wire, field for field (docs/wire.md), and how it becomes the rules' view and back."""

import json
from random import Random

import pytest

from cowboy.game.wire.base import Wire
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Game, GameState, Map, Snapshot
from cowboy.game.wire.stream import stream_event_type

from . import golden
from .notation import position, random_game

IDS = ("id of A", "id of B", "id of C", "id of D")


def test_every_golden_file_is_put_to_use() -> None:
    assert {file.stem for file in golden.FOLDER.glob("*.json")} == golden.TYPES.keys()


@pytest.mark.parametrize(("name", "kind"), golden.TYPES.items(), ids=golden.TYPES.keys())
def test_a_golden_document_is_read_and_written_again_without_a_difference(name: str, kind: type[Wire]) -> None:
    document = golden.text(name)
    compact = json.dumps(json.loads(document), separators=(",", ":"), ensure_ascii=False)
    assert kind.model_validate_json(document).to_json().decode() == compact


@pytest.mark.parametrize(
    ("name", "event_type"),
    [
        ("event-game-started", "GAME_STARTED"),
        ("event-game-finished", "GAME_FINISHED"),
        ("event-step-applied", "SHOOT"),
        ("event-speech", "SPEAK"),
        ("event-converted-to-speech", "SPEAK"),
        ("event-timeout-applied", "TIMEOUT"),
        ("event-late-timeout", "TIMEOUT"),
        ("event-late-move", "MOVE"),
        ("event-invalid-command", "GAME_STARTED"),
    ],
)
def test_the_stream_names_an_event_after_its_command(name: str, event_type: str) -> None:
    assert stream_event_type(StepEvent.model_validate_json(golden.text(name))) == event_type


def test_the_stream_names_a_shield_and_a_step_without_a_command() -> None:
    shield = golden.changed("event-late-move", "command.command_type", "shield")
    nameless = golden.changed("event-late-move", "command", None)
    assert stream_event_type(StepEvent.model_validate_json(shield)) == "SHIELD"
    assert stream_event_type(StepEvent.model_validate_json(nameless)) == "STEP_APPLIED"


@pytest.mark.parametrize(
    ("name", "consumed"),
    [
        ("event-game-started", False),
        ("event-game-finished", False),
        ("event-step-applied", True),
        ("event-converted-to-speech", True),
        ("event-timeout-applied", True),
        ("event-timeout-of-nobody", True),
        ("event-late-timeout", False),
        ("event-late-move", False),
        ("event-invalid-turn", False),
        ("event-invalid-command", False),
        ("event-duplicate-command", False),
    ],
)
def test_only_what_was_applied_used_up_a_turn(name: str, consumed: bool) -> None:
    assert StepEvent.model_validate_json(golden.text(name)).consumed_a_turn is consumed


@pytest.mark.parametrize("name", ["event-step-applied", "event-timeout-applied"])
def test_without_a_command_no_turn_was_used_up(name: str) -> None:
    assert not StepEvent.model_validate_json(golden.changed(name, "command", None)).consumed_a_turn


def test_the_snapshot_of_a_game_counts_its_turns_as_steps() -> None:
    game = Game.model_validate_json(golden.text("game-running"))
    assert Snapshot.of(game).to_json() == Snapshot.model_validate_json(golden.text("snapshot-running")).to_json()


def test_a_wire_state_becomes_the_rules_view() -> None:
    state = GameState.model_validate_json(golden.text("state"))
    expected = position(
        "A(0,2,up,10) B(1,0,left,0) C(2,4,down,3)",
        {(0, 1): 2, (0, 3): -1, (1, 2): 1},
        rows=3,
        cols=5,
        current="C",
        turn=23,
        round_no=9,
    )
    assert state.to_board(2, 23, 9) == expected


@pytest.mark.parametrize("seats", [1, 2, 3, 4])
def test_every_state_of_a_game_survives_the_way_over_the_wire(seats: int) -> None:
    for step in random_game(Random(seats), seats):
        written = GameState.from_board(step.after, IDS[:seats]).to_json()
        read = GameState.model_validate_json(written)
        assert read.to_json() == written
        assert read.to_board(step.after.current, step.after.turn_no, step.after.round_no) == step.after


def test_players_are_written_in_seat_order_with_their_names_and_ids() -> None:
    state = GameState.from_board(position("A(0,2,up,10) B(2,0,left,0) C(4,2,down,4)"), IDS[:3])
    assert [(player.player_name, player.player_id, player.alive) for player in state.players] == [
        ("A", "id of A", True),
        ("B", "id of B", False),
        ("C", "id of C", True),
    ]
    assert state.ids == IDS[:3]
    assert [player.player_id for player in state.alive] == ["id of A", "id of C"]


def test_a_player_who_is_not_alive_is_dead_to_the_rules_whatever_hp_it_has() -> None:
    state = GameState.model_validate_json(golden.changed("state", "players.0.alive", False))
    assert state.to_board(2, 1, 1).alive == (2,)


def test_a_player_is_found_by_id_and_nobody_by_null() -> None:
    state = GameState.model_validate_json(golden.text("state"))
    assert [state.seat_of(player_id) for player_id in state.ids] == [0, 1, 2]
    assert state.seat_of("somebody else") is None
    assert state.seat_of(None) is None


def test_a_map_is_rows_of_columns_both_ways() -> None:
    board = Map.model_validate_json(golden.text("map")).to_grid()
    assert (board.rows, board.cols) == (3, 5)
    assert (board.at(0, 1), board.at(0, 3), board.at(2, 0), board.at(2, 4)) == (2, -1, 2**31 - 1, -(2**31))
    assert Map.from_grid(board) == Map.model_validate_json(golden.text("map"))
