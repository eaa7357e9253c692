"""What is refused of a lesson, and what is let through because no brain needs it."""

import pytest

from cowboy.brains.objection import objection_to
from cowboy.game.board import new_state
from cowboy.game.guide import lesson_for
from cowboy.game.maps import default_grid
from cowboy.game.wire.lesson import CommandSchema, Example, Lesson
from cowboy.game.words import PlayerName
from tests.tables import game

GAME = game("g1")
LESSON = lesson_for(GAME, GAME.turn_timeout_seconds, GAME.state.players[1], "v1")


def changed(**fields: object) -> Lesson:
    return LESSON.model_copy(update=fields)


def schema(*allowed: str) -> CommandSchema:
    return CommandSchema(allowed=allowed)


@pytest.mark.parametrize(
    "lesson",
    [
        LESSON,
        Lesson(game_guide_version="v0"),
        changed(command_schema=None),
        changed(command_schema=schema("move", "shield", "shoot"), examples=None),
        changed(command_schema=schema("move", "shield", "shoot", "duck"), examples=(Example(command_type="duck"),)),
        changed(player_name=None),
        changed(state=None, player_id=None),
    ],
)
def test_what_is_not_needed_may_be_missing_or_new(lesson: Lesson) -> None:
    assert objection_to(lesson) is None


@pytest.mark.parametrize(
    ("lesson", "objection"),
    [
        (changed(command_schema=schema("move", "speak")), "its commands lack shield, shoot"),
        (changed(examples=(Example(command_type="timeout"),)), "its example 1 is a 'timeout', which is not among"),
        (changed(command_schema=None, examples=(Example(command_type="timeout"),)), "its example 1 is a 'timeout'"),
        (changed(examples=(Example(command_type="move"),)), "its example 1 is a move in the direction None"),
        (
            changed(examples=(*(LESSON.examples or ()), Example(command_type="shoot", direction="north"))),
            "its example 5 is a shoot in the direction 'north'",
        ),
        (changed(examples=(Example(command_type="speak", speak_text=" "),)), "its example 1 is a speak without a text"),
        (changed(player_id="id-x"), "player 'id-x' is not in its snapshot"),
        (changed(player_id=None), "player None is not in its snapshot"),
        (changed(player_name=PlayerName.D), "player 'id-b' is B in its snapshot, not D"),
    ],
)
def test_what_contradicts_the_rules_or_the_seat_is_refused(lesson: Lesson, objection: str) -> None:
    assert (objection_to(lesson) or "").startswith(objection)


def test_a_board_of_the_dead_is_refused() -> None:
    board = new_state(default_grid(), 2)
    dead = board._replace(players=tuple(player._replace(hp=0) for player in board.players))
    assert objection_to(changed(state=game("g1", dead).state)) == "nobody is alive in its snapshot"
