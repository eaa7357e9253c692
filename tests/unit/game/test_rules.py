"""The rules case by case: golden cases, refusals in their order, shields, turns (docs/rules.md)."""

from itertools import combinations
from typing import NamedTuple

import pytest

from cowboy.game import rules
from cowboy.game.board import Player, State
from cowboy.game.rules import Action
from cowboy.game.words import DIRECTED, CommandType, Direction, Refusal

from .notation import action, played, position

FOUR = "A(0,2,up,10) B(2,0,left,10) C(4,2,down,10) D(2,4,right,10)"
TWO = "A(0,2,up,10) B(2,0,left,10)"


class Golden(NamedTuple):
    title: str
    before: State
    turns: str
    """Actions of the current player, one after the other; a refused one is followed by `!` and the reason."""
    after: State


GOLDEN = {
    1: Golden(
        "a shot does not go straight on",
        position(FOUR),
        "shoot down",
        position(FOUR, current="B", turn=2),
    ),
    2: Golden(
        "the own shield is checked before the edge",
        position(FOUR),
        "shoot up!CANNOT_SHOOT_THROUGH_OWN_SHIELD",
        position(FOUR),
    ),
    3: Golden(
        "nobody shoots over the edge",
        position(TWO),
        "shield left, speak, shoot up!SHOOT_BLOCKED_BY_EDGE",
        position("A(0,2,left,10) B(2,0,left,10)", turn=3, round_no=2),
    ),
    4: Golden(
        "one shot hurts two",
        position("A(3,2,down,10) B(2,0,up,10) C(2,4,down,10)"),
        "shoot up",
        position("A(3,2,down,10) B(2,0,up,9) C(2,4,down,9)", current="B", turn=2),
    ),
    5: Golden(
        "two shields hold it off",
        position("A(3,2,down,10) B(2,0,right,10) C(2,4,left,10)"),
        "shoot up",
        position("A(3,2,down,10) B(2,0,right,10) C(2,4,left,10)", current="B", turn=2),
    ),
    6: Golden(
        "a player in the next cell stops shot and step",
        position("A(3,2,down,10) B(2,2,up,10)"),
        "shoot up!SHOOT_BLOCKED_BY_PLAYER, move up!MOVE_BLOCKED_BY_PLAYER",
        position("A(3,2,down,10) B(2,2,up,10)"),
    ),
    7: Golden(
        "a block covers until it is shot away",
        position("A(3,2,down,10) B(2,4,up,10)", {(2, 3): 1}),
        "shoot up, speak, shoot up",
        position("A(3,2,down,10) B(2,4,up,9)", current="B", turn=4, round_no=2),
    ),
    8: Golden(
        "an indestructible block covers for ever",
        position("A(3,2,down,10) B(2,4,up,10)", {(2, 3): -1}),
        "shoot up",
        position("A(3,2,down,10) B(2,4,up,10)", {(2, 3): -1}, current="B", turn=2),
    ),
    9: Golden(
        "the dead are transparent and are skipped",
        position("A(3,2,down,10) B(2,3,up,0) C(2,4,up,10)"),
        "shoot up",
        position("A(3,2,down,10) B(2,3,up,0) C(2,4,up,9)", current="C", turn=2),
    ),
    10: Golden(
        "one may step on the dead",
        position("A(3,2,down,10) B(2,2,up,0) C(0,0,up,10)"),
        "move up",
        position("A(2,2,down,10) B(2,2,up,0) C(0,0,up,10)", current="C", turn=2),
    ),
    11: Golden(
        "the survivor of two is the next in a new round",
        position("A(3,2,down,4) B(2,4,up,1)"),
        "shoot up",
        position("A(3,2,down,4) B(2,4,up,0)", current="A", turn=2, round_no=2),
    ),
    12: Golden(
        "a block covers the player on it",
        position("A(3,2,down,10) B(2,4,up,10)", {(2, 4): 2}),
        "shoot up",
        position("A(3,2,down,10) B(2,4,up,10)", {(2, 4): 1}, current="B", turn=2),
    ),
    13: Golden(
        "one shot kills two and wins",
        position("A(3,2,down,1) B(2,4,up,1) C(2,0,up,1)"),
        "shoot up",
        position("A(3,2,down,1) B(2,4,up,0) C(2,0,up,0)", current="A", turn=2, round_no=2),
    ),
    14: Golden(
        "the dead never get a turn",
        position("A(0,2,up,10) B(2,0,left,0) C(4,2,down,10) D(2,4,right,10)"),
        "speak, speak, speak",
        position("A(0,2,up,10) B(2,0,left,0) C(4,2,down,10) D(2,4,right,10)", turn=4, round_no=2),
    ),
}


@pytest.mark.parametrize("case", GOLDEN.values(), ids=[f"{no} {case.title}" for no, case in GOLDEN.items()])
def test_golden_case(case: Golden) -> None:
    state = case.before
    for turn in case.turns.split(", "):
        words, _, refusal = turn.partition("!")
        if refusal:
            assert rules.apply(state, action(words)) == refusal
        else:
            state = played(state, words)
    assert state == case.after


def test_in_golden_case_14_the_turns_go_a_c_d_a() -> None:
    actors = [played(GOLDEN[14].before, *["speak"] * turns).current for turns in range(4)]
    assert actors == [0, 2, 3, 0]


@pytest.mark.parametrize(("number", "winner"), [(4, None), (11, 0), (13, 0)])
def test_the_last_one_alive_has_won(number: int, winner: int | None) -> None:
    assert GOLDEN[number].after.winner == winner


EXAMPLE = "A(3,2,left,10) B(3,6,up,10) C(5,3,{shield},10)"


@pytest.mark.parametrize(("shield", "hp"), [("up", 10), ("down", 9), ("left", 9), ("right", 9)])
def test_worked_example_the_laser_is_a_t(shield: str, hp: int) -> None:
    before = position(EXAMPLE.format(shield=shield), {(1, 3): 2}, rows=7, cols=7)
    after = played(before, "shoot right")
    assert [player.hp for player in after.players] == [10, 10, hp]
    assert after.grid == before.grid.with_cell(1, 3, 1)


def test_worked_example_not_through_the_own_shield_nor_through_a_player() -> None:
    shielded = position("A(3,2,right,10) B(3,6,up,10)", rows=7, cols=7)
    blocked = position("A(3,2,left,10) B(3,3,up,10)", rows=7, cols=7)
    assert rules.apply(shielded, action("shoot right")) == Refusal.CANNOT_SHOOT_THROUGH_OWN_SHIELD
    assert rules.apply(blocked, action("shoot right")) == Refusal.SHOOT_BLOCKED_BY_PLAYER


# Of a shooter at (2, 2): shot, the shooter's own shield, where the sweep finds its target, the one shield that helps.
SWEEPS = [
    ("up", "down", (1, 0), "right"),
    ("up", "down", (1, 4), "left"),
    ("down", "up", (3, 0), "right"),
    ("down", "up", (3, 4), "left"),
    ("left", "right", (0, 1), "down"),
    ("left", "right", (4, 1), "up"),
    ("right", "left", (0, 3), "down"),
    ("right", "left", (4, 3), "up"),
]


@pytest.mark.parametrize("worn", ["up", "left", "down", "right"])
@pytest.mark.parametrize(("shot", "own_shield", "target", "helps"), SWEEPS)
def test_a_shield_stops_only_the_sweep_that_comes_from_the_side_it_faces(
    shot: str, own_shield: str, target: tuple[int, int], helps: str, worn: str
) -> None:
    before = position(f"A(2,2,{own_shield},10) B({target[0]},{target[1]},{worn},10)")
    after = played(before, f"shoot {shot}")
    assert after.players[1] == before.players[1]._replace(hp=10 if worn == helps else 9)
    assert rules.shot_hits(before, Direction(shot)) == ([] if worn == helps else [1])


@pytest.mark.parametrize(("shot", "own_shield", "target", "helps"), SWEEPS)
def test_nobody_is_hit_on_the_cell_where_the_laser_enters_or_straight_behind_it(
    shot: str, own_shield: str, target: tuple[int, int], helps: str
) -> None:
    row, col = Direction(shot).step
    behind = position(f"A(2,2,{own_shield},10) B({2 + 2 * row},{2 + 2 * col},{shot},10)")
    assert rules.shot_hits(behind, Direction(shot)) == []
    assert played(behind, f"shoot {shot}").players == behind.players


def test_a_blocked_sweep_leaves_the_shield_as_it_is_and_the_other_sweep_goes_on() -> None:
    before = position("A(3,2,down,10) B(2,0,right,10) C(2,4,right,10)")
    assert played(before, "shoot up").players == position("A(3,2,down,10) B(2,0,right,10) C(2,4,right,9)").players


def test_a_shield_on_a_player_shields_who_stands_behind() -> None:
    before = position("A(3,2,down,10) B(2,3,left,10) C(2,4,up,10)")
    assert played(before, "shoot up").players == before.players


def test_a_sweep_hurts_only_the_first_player_in_its_way() -> None:
    before = position("A(3,2,down,10) B(2,3,up,10) C(2,4,up,10)")
    assert played(before, "shoot up").players == position("A(3,2,down,10) B(2,3,up,9) C(2,4,up,10)").players


def test_both_sweeps_of_a_shot_weaken_blocks() -> None:
    before = position("A(2,2,left,10) B(0,0,up,10)", {(1, 3): 1, (4, 3): 3, (0, 3): 5})
    after = played(before, "shoot right")
    assert after.grid == position("", {(4, 3): 2, (0, 3): 5}).grid


def test_the_victims_are_named_in_the_order_of_the_sweeps() -> None:
    columns = position("A(3,2,down,10) B(2,4,up,10) C(2,0,down,10)")
    rows = position("A(2,2,right,10) B(4,1,left,10) C(0,1,left,10)")
    assert rules.shot_hits(columns, Direction.UP) == [2, 1]
    assert rules.shot_hits(rows, Direction.LEFT) == [2, 1]


# What A wants, in a position that breaks one rule or two at once, and the reason that comes first.
REFUSED = [
    ("move", "A(0,2,up,10) B(1,2,up,10)", {(0, 1): 1, (0, 3): 1}, "MISSING_DIRECTION"),
    ("move up", "A(0,2,up,10)", {}, "MOVE_OUT_OF_BOUNDS"),
    ("move up", "A(2,2,up,10)", {(1, 2): 1}, "MOVE_BLOCKED_BY_BLOCK"),
    ("move up", "A(2,2,up,10)", {(1, 2): -1}, "MOVE_BLOCKED_BY_BLOCK"),
    ("move up", "A(2,2,up,10) B(1,2,up,10)", {(1, 2): 1}, "MOVE_BLOCKED_BY_BLOCK"),
    ("move up", "A(2,2,up,10) B(1,2,up,1)", {}, "MOVE_BLOCKED_BY_PLAYER"),
    ("shield", "A(2,2,up,10)", {}, "MISSING_DIRECTION"),
    ("shoot", "A(0,2,up,10) B(1,2,up,10)", {(0, 1): 1, (0, 3): 1}, "MISSING_DIRECTION"),
    ("shoot up", "A(0,2,up,10)", {}, "CANNOT_SHOOT_THROUGH_OWN_SHIELD"),
    ("shoot up", "A(2,2,up,10)", {(1, 2): 1}, "CANNOT_SHOOT_THROUGH_OWN_SHIELD"),
    ("shoot up", "A(2,2,up,10) B(1,2,up,10)", {}, "CANNOT_SHOOT_THROUGH_OWN_SHIELD"),
    ("shoot up", "A(0,2,left,10)", {}, "SHOOT_BLOCKED_BY_EDGE"),
    ("shoot up", "A(2,2,left,10)", {(1, 2): 1}, "SHOOT_BLOCKED_BY_BLOCK"),
    ("shoot up", "A(2,2,left,10)", {(1, 2): -1}, "SHOOT_BLOCKED_BY_BLOCK"),
    ("shoot up", "A(2,2,left,10) B(1,2,up,10)", {(1, 2): 1}, "SHOOT_BLOCKED_BY_BLOCK"),
    ("shoot up", "A(2,2,left,10) B(1,2,down,1)", {}, "SHOOT_BLOCKED_BY_PLAYER"),
    ("game_started", "A(2,2,up,10)", {}, "RESERVED_COMMAND_TYPE"),
    ("game_started up", "A(2,2,up,10)", {}, "RESERVED_COMMAND_TYPE"),
]


@pytest.mark.parametrize(("words", "players", "blocks", "reason"), REFUSED)
def test_the_first_reason_in_the_order_of_checks_is_given(
    words: str, players: str, blocks: dict[tuple[int, int], int], reason: str
) -> None:
    assert rules.apply(position(players, blocks), action(words)) == Refusal(reason)


@pytest.mark.parametrize("text", [None, "", " ", " \t\r\n\u00a0\u2003\u3000"])
def test_a_speech_needs_more_than_blanks(text: str | None) -> None:
    assert rules.apply(position(TWO), Action(CommandType.SPEAK, Direction.UP, text)) == Refusal.MISSING_SPEAK_TEXT


@pytest.mark.parametrize("direction", Direction)
def test_no_move_and_no_shot_leaves_any_of_the_four_edges(direction: Direction) -> None:
    corners = {"up": (0, 0), "left": (0, 0), "down": (2, 4), "right": (2, 4)}
    row, col = corners[direction]
    state = position(f"A({row},{col},{direction.opposite},10)", rows=3, cols=5)
    assert rules.move_refusal(state, direction) == Refusal.MOVE_OUT_OF_BOUNDS
    assert rules.shot_refusal(state, direction) == Refusal.SHOOT_BLOCKED_BY_EDGE


def test_a_dead_player_on_the_entry_cell_stops_no_shot() -> None:
    before = position("A(3,2,down,10) B(2,2,up,0) C(2,4,up,10)")
    assert played(before, "shoot up").players[2].hp == 9


def test_a_player_who_stands_on_a_block_may_step_off() -> None:
    before = position("A(2,2,up,10) B(0,0,up,10)", {(2, 2): 3})
    assert played(before, "move left") == position("A(2,1,up,10) B(0,0,up,10)", {(2, 2): 3}, current="B", turn=2)


@pytest.mark.parametrize(
    ("words", "row", "col"), [("move up", 1, 2), ("move down", 3, 2), ("move left", 2, 1), ("move right", 2, 3)]
)
def test_a_move_goes_one_cell_and_leaves_the_shield(words: str, row: int, col: int) -> None:
    assert played(position("A(2,2,left,7) B(0,0,up,10)"), words).players[0] == Player(row, col, Direction.LEFT, 7)


@pytest.mark.parametrize("direction", Direction)
def test_a_shield_may_face_any_side_also_the_one_it_faces(direction: Direction) -> None:
    after = played(position("A(2,2,left,7) B(0,0,up,10)"), f"shield {direction}")
    assert after.players[0] == Player(2, 2, direction, 7)


@pytest.mark.parametrize(
    "idle",
    [
        Action(CommandType.SPEAK, text="Draw!"),
        Action(CommandType.SPEAK, Direction.UP, " x "),
        Action(CommandType.SPEAK, text="word " * 10_000),
        Action(CommandType.TIMEOUT),
        Action(CommandType.TIMEOUT, Direction.UP, "late"),
    ],
    ids=["speech", "speech with a direction", "long speech", "timeout", "timeout with a direction"],
)
def test_speech_and_timeout_change_nothing_but_the_turn(idle: Action) -> None:
    before = position(FOUR, {(3, 3): 2}, current="C", turn=7, round_no=2)
    assert rules.apply(before, idle) == position(FOUR, {(3, 3): 2}, current="D", turn=8, round_no=2)


@pytest.mark.parametrize("kind", sorted(DIRECTED))
def test_a_text_is_ignored_where_none_is_needed(kind: CommandType) -> None:
    state = position("A(2,2,left,10) B(0,0,up,10)")
    assert rules.apply(state, Action(kind, Direction.DOWN, "bang")) == rules.apply(state, Action(kind, Direction.DOWN))


def test_the_last_hit_kills_and_leaves_the_body_where_it_fell() -> None:
    before = position("A(3,2,down,10) B(2,4,up,1) C(0,0,up,10)")
    after = played(before, "shoot up")
    assert after.players[1] == Player(2, 4, Direction.UP, 0)
    assert not after.players[1].alive
    assert after.current == 2


SURVIVORS = [(alive, actor) for count in range(1, 5) for alive in combinations(range(4), count) for actor in alive]


@pytest.mark.parametrize(("alive", "actor"), SURVIVORS)
def test_the_turn_goes_to_the_next_living_seat_and_a_wrap_opens_a_round(alive: tuple[int, ...], actor: int) -> None:
    hp = [10 if seat in alive else 0 for seat in range(4)]
    players = "A(0,2,up,{}) B(2,0,left,{}) C(4,2,down,{}) D(2,4,right,{})".format(*hp)
    later = [seat for seat in alive if seat > actor]
    after = played(position(players, current="ABCD"[actor], turn=31, round_no=9), "speak")
    assert (after.current, after.turn_no, after.round_no) == ((later or alive)[0], 32, 9 if later else 10)


def test_a_lone_player_has_every_turn_and_each_is_a_round() -> None:
    after = played(position("A(0,2,up,10)"), "timeout", "timeout", "move down")
    assert (after.current, after.turn_no, after.round_no, after.winner) == (0, 4, 4, 0)


def test_the_next_player_is_sought_in_seat_order() -> None:
    players = position("A(0,2,up,10) B(2,0,left,0) C(4,2,down,10) D(2,4,right,10)").players
    assert [rules.after(players, actor) for actor in range(4)] == [2, 2, 3, 0]


def test_nobody_comes_after_when_all_are_dead() -> None:
    with pytest.raises(ValueError, match="no player is alive"):
        rules.after(position("A(0,2,up,0) B(2,0,left,0)").players, 0)
