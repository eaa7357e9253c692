"""Spawns, and what a state knows of itself (docs/rules.md#board-and-players)."""

import pytest

from cowboy.game.board import Grid, Player, State, new_state, spawn_players
from cowboy.game.words import Direction

from .notation import grid, position

UP, LEFT, DOWN, RIGHT = Direction.UP, Direction.LEFT, Direction.DOWN, Direction.RIGHT


@pytest.mark.parametrize(
    ("rows", "cols", "spawns"),
    [
        (11, 11, [(0, 5, UP), (5, 0, LEFT), (10, 5, DOWN), (5, 10, RIGHT)]),
        (3, 3, [(0, 1, UP), (1, 0, LEFT), (2, 1, DOWN), (1, 2, RIGHT)]),
        (5, 9, [(0, 4, UP), (2, 0, LEFT), (4, 4, DOWN), (2, 8, RIGHT)]),
        (4, 6, [(0, 3, UP), (2, 0, LEFT), (3, 3, DOWN), (2, 5, RIGHT)]),
    ],
)
def test_players_spawn_in_the_middle_of_their_side_with_the_shield_outward(
    rows: int, cols: int, spawns: list[tuple[int, int, Direction]]
) -> None:
    assert spawn_players(rows, cols, 4) == tuple(Player(row, col, shield, 10) for row, col, shield in spawns)


@pytest.mark.parametrize("seats", [1, 2, 3, 4])
def test_a_game_of_n_has_the_first_n_players(seats: int) -> None:
    assert spawn_players(11, 11, seats) == spawn_players(11, 11, 4)[:seats]


def test_a_new_game_is_in_turn_1_of_round_1_and_seat_0_is_to_act() -> None:
    empty = grid(7, 5, {})
    assert new_state(empty, 3) == State(empty, spawn_players(7, 5, 3), current=0, turn_no=1, round_no=1)


def test_cells_are_counted_row_by_row_on_a_board_that_is_not_square() -> None:
    board = Grid(2, 3, (10, 11, 12, 20, 21, 22))
    assert [board.at(row, col) for row in range(2) for col in range(3)] == [10, 11, 12, 20, 21, 22]


def test_a_changed_cell_changes_no_other_and_not_the_original() -> None:
    board = Grid(2, 3, (10, 11, 12, 20, 21, 22))
    assert board.with_cell(1, 0, 5).cells == (10, 11, 12, 5, 21, 22)
    assert board.cells == (10, 11, 12, 20, 21, 22)


@pytest.mark.parametrize(
    ("row", "col", "inside"),
    [(0, 0, True), (1, 2, True), (-1, 0, False), (0, -1, False), (2, 0, False), (0, 3, False), (1, 3, False)],
)
def test_the_edge_of_the_grid_is_the_edge_of_the_world(row: int, col: int, inside: bool) -> None:
    assert grid(2, 3, {}).contains(row, col) is inside


def test_the_dead_occupy_nothing_and_are_not_counted_among_the_living() -> None:
    state = position("A(0,2,up,3) B(2,2,left,0) C(4,2,down,1)", current="C")
    assert state.occupant(0, 2) == 0
    assert state.occupant(2, 2) is None
    assert state.occupant(3, 3) is None
    assert state.alive == (0, 2)
    assert state.actor == state.players[2]


def test_a_living_player_on_the_cell_of_a_dead_one_is_its_occupant() -> None:
    assert position("A(2,2,up,0) B(2,2,left,4)").occupant(2, 2) == 1


def test_the_standing_are_listed_by_cell_and_the_dead_stand_nowhere() -> None:
    assert position("A(0,2,up,3) B(2,2,left,0) C(4,1,down,1)", cols=7).standing == [2, -1, 29]


@pytest.mark.parametrize(
    ("row", "col", "beyond"),
    [
        (1, 1, {UP: [1], LEFT: [4], DOWN: [9, 13], RIGHT: [6, 7]}),
        (0, 0, {UP: [], LEFT: [], DOWN: [4, 8, 12], RIGHT: [1, 2, 3]}),
        (0, 3, {UP: [], LEFT: [2, 1, 0], DOWN: [7, 11, 15], RIGHT: []}),
        (3, 3, {UP: [11, 7, 3], LEFT: [14, 13, 12], DOWN: [], RIGHT: []}),
        (3, 0, {UP: [8, 4, 0], LEFT: [], DOWN: [], RIGHT: [13, 14, 15]}),
    ],
)
def test_a_ray_runs_from_the_next_cell_to_the_edge(row: int, col: int, beyond: dict[Direction, list[int]]) -> None:
    assert {direction: list(grid(4, 4, {}).ray(row, col, direction)) for direction in Direction} == beyond


def test_a_ray_ends_at_the_edge_of_a_board_that_is_not_square() -> None:
    wide = grid(2, 5, {})
    assert [list(wide.ray(1, 1, direction)) for direction in (UP, LEFT, DOWN, RIGHT)] == [[1], [5], [], [7, 8, 9]]


@pytest.mark.parametrize(
    ("players", "winner"),
    [
        ("A(0,2,up,10) B(2,0,left,10)", None),
        ("A(0,2,up,0) B(2,0,left,1)", 1),
        ("A(0,2,up,1) B(2,0,left,0) C(4,2,down,1)", None),
        ("A(0,2,up,10)", 0),
    ],
)
def test_the_winner_is_the_only_one_alive(players: str, winner: int | None) -> None:
    assert position(players).winner == winner
