"""The words of the wire, letter for letter (docs/wire.md#conventions), and what follows from a refusal."""

from enum import StrEnum

import pytest

from cowboy.game import words
from cowboy.game.words import Direction, Refusal


@pytest.mark.parametrize(
    ("enum", "values"),
    [
        (words.PlayerName, "A B C D"),
        (words.Direction, "up left down right"),
        (words.CommandType, "move shield shoot speak timeout game_started"),
        (words.CommandSource, "user bot timer system"),
        (words.GameStatus, "CREATED RUNNING FINISHED"),
        (words.MapSource, "CUSTOM DEFAULT"),
        (words.StepEventType, "GAME_STARTED STEP_APPLIED TIMEOUT_APPLIED GAME_FINISHED"),
        (
            words.ResultStatus,
            "APPLIED TIMEOUT_APPLIED IGNORED_TIMEOUT INVALID_COMMAND INVALID_TURN DUPLICATE_COMMAND",
        ),
        (words.StartRefusal, "ALREADY_RUNNING GAME_FINISHED"),
        (words.FinishRefusal, "STALE_TURN_NO ALREADY_FINISHED NOT_LAST_PLAYER_LEFT"),
    ],
)
def test_the_words_are_exactly_those_of_the_contract(enum: type[StrEnum], values: str) -> None:
    assert list(enum) == values.split()


WRONG_TURN = "GAME_NOT_RUNNING INVALID_TURN_PLAYER STALE_TURN_NO PLAYER_DEAD"
BROKEN_RULE = (
    "RESERVED_COMMAND_TYPE MISSING_DIRECTION MISSING_SPEAK_TEXT "
    "MOVE_OUT_OF_BOUNDS MOVE_BLOCKED_BY_BLOCK MOVE_BLOCKED_BY_PLAYER "
    "CANNOT_SHOOT_THROUGH_OWN_SHIELD SHOOT_BLOCKED_BY_EDGE SHOOT_BLOCKED_BY_BLOCK SHOOT_BLOCKED_BY_PLAYER"
)


def test_the_reasons_are_exactly_those_of_the_contract() -> None:
    assert list(Refusal) == [*WRONG_TURN.split(), *BROKEN_RULE.split()]


def test_only_a_broken_rule_costs_the_turn() -> None:
    assert [reason for reason in Refusal if reason.breaks_a_rule] == BROKEN_RULE.split()


@pytest.mark.parametrize(
    ("direction", "opposite", "step", "sides"),
    [
        ("up", "down", (-1, 0), ("left", "right")),
        ("down", "up", (1, 0), ("left", "right")),
        ("left", "right", (0, -1), ("up", "down")),
        ("right", "left", (0, 1), ("up", "down")),
    ],
)
def test_row_0_is_the_top_and_column_0_the_left_edge(
    direction: str, opposite: str, step: tuple[int, int], sides: tuple[str, str]
) -> None:
    word = Direction(direction)
    assert (word.opposite, word.step, word.sides) == (opposite, step, sides)
