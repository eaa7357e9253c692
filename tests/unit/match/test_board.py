"""The board in a terminal shows who stands where and what happened."""

import io

import pytest
from rich.console import Console

from cowboy.game.board import new_state
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction, ResultStatus
from cowboy.match.board import describe, render
from tests.tables import finished, history, started, step


def shown(event: object) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(render(event))
    return console.file.getvalue()


def test_every_player_stands_on_the_board_with_a_heart_for_each_hp() -> None:
    text = shown(started("g1"))
    assert all(text.count(f" {name}") >= 1 for name in "ABCD")
    assert text.count("♥" * 10) == 4
    assert "turn 1, round 1: game started" in text


def test_a_dead_player_is_out_and_off_the_board() -> None:
    event = started("g1")
    first, *others = event.state_after.players
    dead = first.model_copy(update={"hp": 0, "alive": False})
    state = event.state_after.model_copy(update={"players": (dead, *others)})
    text = shown(event.model_copy(update={"state_after": state}))
    assert "A  out" in text
    assert text.count("♥" * 10) == 3


def test_blocks_are_told_apart_by_strength() -> None:
    text = shown(started("g1"))
    assert all(block in text for block in "·░▓█")


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Action(CommandType.SHIELD, Direction.LEFT), "A shield left"),
        (Action(CommandType.SPEAK, text="hi"), "A speak"),
        (Action(CommandType.TIMEOUT), "A timeout"),
    ],
)
def test_an_event_is_told_in_words(action: Action, words: str) -> None:
    _, event = step("g1", new_state(default_grid(), 4), action)
    assert describe(event) == words


def test_what_changed_nothing_is_told_with_its_result() -> None:
    event = history("g1", 1)[1].model_copy(update={"result_status": ResultStatus.DUPLICATE_COMMAND})
    assert describe(event) == "A shield up (duplicate_command)"


def test_the_end_is_told() -> None:
    assert describe(finished(history("g1", 1)[1])) == "game finished"
