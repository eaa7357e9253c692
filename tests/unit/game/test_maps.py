"""The built-in map, generated maps, and which maps from outside are refused (docs/wire.md#default-map)."""

import hashlib
import json
from collections import Counter
from random import Random

import pytest

from cowboy.game import rules
from cowboy.game.board import Grid, Player, State, spawn_players
from cowboy.game.maps import default_grid, generate_grid, map_problem, reachable_cells
from cowboy.game.words import Direction

CHECKSUM = "b55c7699df0cbdb88b5583a1658447d274b8e659d5c197bf251eb7a4f837cb3f"


def rows_of(grid: Grid) -> list[list[int]]:
    return [list(grid.cells[row * grid.cols : (row + 1) * grid.cols]) for row in range(grid.rows)]


class Scripted(Random):
    """Draws the given numbers, then starts again: reaches every edge of a distribution without luck."""

    def __init__(self, *draws: int) -> None:
        super().__init__(0)
        self._draws, self._next = draws, 0

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        assert (start, stop, step) == (100, None, 1)
        self._next += 1
        return self._draws[(self._next - 1) % len(self._draws)]


def test_the_default_map_has_the_checksum_of_the_contract() -> None:
    cells = json.dumps(rows_of(default_grid()), separators=(",", ":"))
    assert hashlib.sha256(cells.encode()).hexdigest() == CHECKSUM


def test_the_default_map_has_8_weak_14_strong_and_10_indestructible_blocks() -> None:
    assert Counter(default_grid().cells) == {0: 89, 1: 8, 2: 14, -1: 10}


def test_the_default_map_is_mirror_symmetric_both_ways() -> None:
    rows = rows_of(default_grid())
    assert (len(rows), {len(row) for row in rows}) == (11, {11})
    assert rows == rows[::-1]
    assert rows == [row[::-1] for row in rows]


def test_four_can_play_on_the_default_map() -> None:
    assert map_problem(11, 11, rows_of(default_grid()), 4) is None


def test_a_hundred_different_draws_give_exactly_70_16_10_and_4_cells() -> None:
    grid = generate_grid(Scripted(*range(100)), 0, 10, 10)
    assert grid == Grid(10, 10, (0,) * 70 + (1,) * 16 + (2,) * 10 + (-1,) * 4)


def test_a_large_map_comes_close_to_these_shares() -> None:
    counts = Counter(generate_grid(Random(7), 0, 64, 64).cells)
    shares = {strength: counts[strength] / 64**2 for strength in counts}
    assert shares == pytest.approx({0: 0.70, 1: 0.16, 2: 0.10, -1: 0.04}, abs=0.02)


@pytest.mark.parametrize("seats", [1, 2, 3, 4])
def test_only_the_spawns_of_the_players_of_that_game_are_emptied(seats: int) -> None:
    grid = generate_grid(Scripted(99), seats, 7, 9)
    spawns = {(player.row, player.col) for player in spawn_players(7, 9, seats)}
    assert {(row, col) for row in range(7) for col in range(9) if grid.at(row, col) == 0} == spawns


def test_the_standard_map_is_11_by_11_and_the_same_seed_gives_it_again() -> None:
    first, again, other = (generate_grid(Random(seed), 2) for seed in (1, 1, 2))
    assert (first.rows, first.cols, len(first.cells)) == (11, 11, 121)
    assert first == again != other


@pytest.mark.parametrize("seed", range(20))
def test_every_generated_map_can_be_played_on(seed: int) -> None:
    grid = generate_grid(Random(seed), 4)
    assert map_problem(grid.rows, grid.cols, rows_of(grid), 4) is None


EMPTY = [[0] * 5 for _ in range(5)]


def with_cell(row: int, col: int, value: int) -> list[list[int]]:
    cells = [list(line) for line in EMPTY]
    cells[row][col] = value
    return cells


@pytest.mark.parametrize(
    ("rows", "cols", "cells", "seats", "problem"),
    [
        (2, 5, EMPTY[:2], 2, "map.rows and map.cols must be from 3 to 64, not 2 x 5"),
        (5, 2, [[0] * 2] * 5, 2, "map.rows and map.cols must be from 3 to 64, not 5 x 2"),
        (65, 3, [[0] * 3] * 65, 2, "map.rows and map.cols must be from 3 to 64, not 65 x 3"),
        (3, 65, [[0] * 65] * 3, 2, "map.rows and map.cols must be from 3 to 64, not 3 x 65"),
        (-5, -5, [], 2, "map.rows and map.cols must be from 3 to 64, not -5 x -5"),
        (5, 5, EMPTY[:4], 2, "map.cells has 4 rows but map.rows is 5"),
        (5, 5, [*EMPTY, [0] * 5], 2, "map.cells has 6 rows but map.rows is 5"),
        (5, 5, [*EMPTY[:4], [0] * 4], 2, "map.cells[4] has 4 cells but map.cols is 5"),
        (5, 5, [[0] * 6, *EMPTY[1:]], 2, "map.cells[0] has 6 cells but map.cols is 5"),
        (5, 5, with_cell(3, 3, 100), 2, "map.cells[3] has a block stronger than 99"),
        (5, 5, with_cell(0, 2, 1), 1, "map.cells[0][2] must be 0: player A starts there"),
        (5, 5, with_cell(2, 0, -1), 2, "map.cells[2][0] must be 0: player B starts there"),
        (5, 5, with_cell(4, 2, 1), 3, "map.cells[4][2] must be 0: player C starts there"),
        (5, 5, with_cell(2, 4, 1), 4, "map.cells[2][4] must be 0: player D starts there"),
    ],
)
def test_a_map_that_cannot_be_played_on_is_refused_with_the_field_named(
    rows: int, cols: int, cells: list[list[int]], seats: int, problem: str
) -> None:
    assert map_problem(rows, cols, cells, seats) == problem


@pytest.mark.parametrize(
    ("rows", "cols", "cells", "seats"),
    [
        (3, 3, [[0] * 3] * 3, 4),
        (64, 64, [[0] * 64] * 64, 4),
        (3, 64, [[0] * 64] * 3, 4),
        (5, 5, with_cell(3, 3, 99), 4),
        (5, 5, with_cell(3, 3, -7), 4),
        (5, 5, with_cell(4, 2, -1), 2),
    ],
    ids=["smallest", "largest", "not square", "strongest block", "any negative", "a spawn nobody uses"],
)
def test_unusual_maps_are_fine(rows: int, cols: int, cells: list[list[int]], seats: int) -> None:
    assert map_problem(rows, cols, cells, seats) is None


STRENGTHS = {".": 0, "1": 1, "2": 2, "#": -1}


def drawn(picture: str) -> Grid:
    """A map: a dot is a free cell, a figure a block's strength, `#` one that nothing destroys."""
    rows = picture.split()
    return Grid(len(rows), len(rows[0]), tuple(STRENGTHS[cell] for row in rows for cell in row))


@pytest.mark.parametrize(
    ("picture", "reached"),
    [
        ("...  1#.  ...", 8),
        (".1.  1..  ...", 1),
        ("..1  ###  ...", 2),
        ("..1  #2#  ...", 7),
        ("..2  1..  ...", 9),
    ],
)
def test_a_player_breaks_what_lies_beside_its_shots_and_nothing_ahead(picture: str, reached: int) -> None:
    assert len(reachable_cells(drawn(picture), 0)) == reached


@pytest.mark.parametrize("seed", range(12))
def test_a_player_that_does_anything_gets_to_the_cells_that_can_be_reached_and_to_no_others(
    seed: int,
) -> None:
    random = Random(seed)
    cells = random.choices((0, 1, -1), (50, 30, 20), k=25)
    state = State(Grid(5, 5, (0, *cells[1:])), (Player(0, 0, Direction.UP),))
    expected, visited = reachable_cells(state.grid, 0), {0}
    for _ in range(5000):
        after = rules.apply(state, random.choice(list(rules.legal_actions(state))))
        assert isinstance(after, State)
        state = after
        visited |= set(state.standing)
    assert visited == expected


@pytest.mark.parametrize("seats", [2, 3, 4])
def test_no_player_of_a_generated_map_is_kept_from_another_by_blocks(seats: int) -> None:
    spawns = {player.row * 11 + player.col for player in spawn_players(11, 11, seats)}
    for seed in range(60):
        grid = generate_grid(Random(seed), seats)
        assert all(spawns <= reachable_cells(grid, spawn) for spawn in spawns)
