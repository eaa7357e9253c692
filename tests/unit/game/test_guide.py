"""The guide says what the code does, all of it, and the same for as long as it has the same name."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

import jsonschema_rs
import pytest
from pydantic import ValidationError

from cowboy.game import rules
from cowboy.game.board import Player, State, new_state
from cowboy.game.guide import (
    DRAWING,
    EXPLANATIONS,
    GUIDE_VERSION,
    ORDERS,
    command_schema,
    examples,
    lesson_for,
    rules_markdown,
    turn_model,
)
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.lesson import CommandSchema, Example, Lesson
from cowboy.game.words import RESERVED, CommandType, Direction, Refusal
from cowboy.settings import Settings
from tests.tables import game

from . import golden
from .notation import grid, random_game

PLAYABLE = [kind for kind in CommandType if kind not in RESERVED]
NAME = f"guide-{GUIDE_VERSION}"


def lesson() -> Lesson:
    """For seat C of a game of four that has just begun."""
    began = game("g1", created_at=datetime(2026, 1, 31, 8, tzinfo=UTC))
    return lesson_for(began, began.turn_timeout_seconds, began.state.players[2], GUIDE_VERSION)


def fits(decision: object) -> bool:
    """Whether the guide's JSON schema allows the decision."""
    validator = jsonschema_rs.Draft202012Validator(command_schema()["json_schema"])
    return validator.is_valid(decision)


# -- the version -----------------------------------------------------------------------------------------------------


def test_the_guide_is_what_its_version_stands_for() -> None:
    taught, pinned = json.loads(lesson().to_json()), json.loads(golden.text(NAME))
    assert taught == pinned, "the guide changed: bump GUIDE_VERSION, then python -m tests.unit.game.test_guide"


@pytest.mark.usefixtures("plain_environment")
def test_the_version_taught_by_default_is_this_one() -> None:
    assert Settings().game_guide_version == GUIDE_VERSION


# -- the rules -------------------------------------------------------------------------------------------------------


def test_every_command_of_a_player_is_explained() -> None:
    assert list(ORDERS) == PLAYABLE


def test_every_refusal_that_breaks_a_rule_is_explained_once_and_no_other() -> None:
    assert list(EXPLANATIONS) == [refusal for refusal in Refusal if refusal.breaks_a_rule]
    assert all(rules_markdown().count(f"| `{refusal}` | {text} |") == 1 for refusal, text in EXPLANATIONS.items())


def test_a_command_is_refused_for_all_the_reasons_that_stand_beside_it_and_no_other() -> None:
    met: dict[CommandType, set[Refusal]] = defaultdict(set)
    for state in positions():
        for kind in PLAYABLE:
            for direction in (None, *Direction):
                after = rules.apply(state, Action(kind, direction, " "))
                if isinstance(after, Refusal):
                    met[kind].add(after)
    assert met == {kind: set(refusals) for kind, (_, refusals) in ORDERS.items()}


def positions() -> Iterator[State]:
    """Crowded boards, on which everything is in the way sooner or later."""
    for seed in range(10):
        yield from (step.before for step in random_game(Random(seed), seats=4, side=5))


def test_the_drawing_shows_what_the_laser_does() -> None:
    cells = [re.split(r" {3,}", line.strip())[0].replace("  ", " ").split() for line in DRAWING.splitlines()]
    at = {sign: (row, col) for row, line in enumerate(cells) for col, sign in enumerate(line)}
    block = at["[2]"]
    a, b, c = (Player(*at[name], Direction.LEFT) for name in "ABC")
    before = State(grid(len(cells), len(cells[0]), {block: 2}), (a, b, c))

    after = rules.apply(before, Action(CommandType.SHOOT, Direction.RIGHT))

    assert isinstance(after, State)
    assert at["*"] == (a.row, a.col + 1)
    assert after.grid.at(*block) == 1
    assert [player.hp for player in after.players] == [a.hp, b.hp, c.hp - rules.DAMAGE]

    protected = before._replace(players=(a, b, c._replace(shield=Direction.UP)))
    assert rules.shot_hits(protected, Direction.RIGHT) == []


@pytest.mark.parametrize("word", ["10 HP", "1 to 4 players", "11 × 11", "loses 1 HP", "140 characters", "120 unless"])
def test_the_numbers_of_the_game_are_named(word: str) -> None:
    assert word in rules_markdown()


def test_the_turn_model_names_the_timeout_of_its_game() -> None:
    assert "60 seconds" in turn_model(60)["timeout"]
    assert turn_model(60).keys() == turn_model().keys()


# -- what may be decided ---------------------------------------------------------------------------------------------


def test_the_command_schema_has_the_form_that_existing_services_read() -> None:
    schema = command_schema()
    assert schema["allowed"] == ("move", "shield", "shoot", "speak")
    assert schema["direction_required_for"] == ("move", "shield", "shoot")
    assert schema["speak_text_required_for"] == ("speak",)
    assert CommandSchema(**schema).model_dump() == schema


def test_the_json_schema_is_one() -> None:
    assert jsonschema_rs.meta.is_valid(command_schema()["json_schema"])


@pytest.mark.parametrize(
    ("allowed", "decision"),
    [
        (True, {"command_type": "move", "direction": "up"}),
        (True, {"command_type": "shield", "direction": "left", "speak_text": None}),
        (True, {"command_type": "speak", "direction": None, "speak_text": "x" * 140}),
        (False, {"command_type": "speak", "speak_text": "x" * 141}),
        (False, {"command_type": "speak", "speak_text": " \n"}),
        (False, {"command_type": "speak", "speak_text": None}),
        (False, {"command_type": "speak", "direction": "up"}),
        (False, {"command_type": "shoot"}),
        (False, {"command_type": "shoot", "direction": None}),
        (False, {"command_type": "shoot", "direction": "north"}),
        (False, {"command_type": "timeout"}),
        (False, {"direction": "up"}),
        (False, {"command_type": "move", "direction": "up", "why": "no reason"}),
        (False, "move up"),
    ],
)
def test_the_json_schema_tells_decisions_from_nonsense(allowed: bool, decision: object) -> None:
    assert fits(decision) is allowed


def test_there_is_an_example_of_every_command() -> None:
    assert [example.command_type for example in examples()] == PLAYABLE


@pytest.mark.parametrize("example", examples(), ids=[example.command_type for example in examples()])
def test_an_example_fits_the_schema_and_is_legal_as_a_game_begins(example: Example) -> None:
    assert fits(json.loads(example.to_json()))
    assert fits(example.model_dump(exclude_none=True))
    direction = Direction(example.direction) if example.direction else None
    action = Action(CommandType(example.command_type), direction, example.speak_text)
    assert isinstance(rules.apply(new_state(default_grid(), 4), action), State)


# -- the lesson ------------------------------------------------------------------------------------------------------


def test_a_lesson_names_the_seat_and_shows_its_game() -> None:
    taught = lesson()
    assert (taught.game_id, taught.player_id, taught.player_name) == ("g1", "id-c", "C")
    assert (taught.status, taught.turn_no, taught.turn_timeout_seconds) == ("RUNNING", 1, 60)
    assert taught.state == game("g1").state
    assert taught.turn_model == turn_model(60)


def test_a_lesson_goes_by_the_name_it_was_asked_under() -> None:
    began = game("g1")
    assert lesson_for(began, began.turn_timeout_seconds, began.state.players[0], "v7").game_guide_version == "v7"


def test_a_lesson_is_small() -> None:
    assert len(lesson().to_json()) < 16_000


def test_only_the_version_of_a_lesson_is_required() -> None:
    read = Lesson.model_validate_json('{"game_guide_version": "v0", "rules_markdown": null, "mood": "grim"}')
    assert read.model_dump(exclude_none=True) == {"game_guide_version": "v0"}


@pytest.mark.parametrize("body", ["{}", '{"game_guide_version": ""}', '{"game_guide_version": " "}'])
def test_a_lesson_without_a_version_is_none(body: str) -> None:
    with pytest.raises(ValidationError, match="game_guide_version"):
        Lesson.model_validate_json(body)


if __name__ == "__main__":
    written = json.dumps(json.loads(lesson().to_json()), indent=2, ensure_ascii=False)
    (golden.FOLDER / f"{NAME}.json").write_text(f"{written}\n", encoding="utf-8")


def test_what_all_lessons_share_is_made_once() -> None:
    began = game("g1")
    first, second = (lesson_for(began, 60, began.state.players[seat], "v1") for seat in (0, 1))
    assert first.rules_markdown is second.rules_markdown
    assert first.command_schema is second.command_schema
