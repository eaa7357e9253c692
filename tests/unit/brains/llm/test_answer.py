"""Answers of models: many ways to write a command, all of them read; prose, none."""

import pytest

from cowboy.brains.llm.answer import MAX_CHARACTERS, Command, NotedCommand, read_answer, read_note
from cowboy.brains.llm.briefing import options_of
from cowboy.errors import ModelError
from cowboy.game.guide import ORDERS
from cowboy.game.rules import Action
from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.words import CommandType, Direction
from tests.unit.brains.situations import empty, facing

STATE = empty(facing(3, 3, Direction.LEFT), facing(6, 3, Direction.DOWN))
OPTIONS = options_of(STATE)
SHOOT_RIGHT = Action(CommandType.SHOOT, Direction.RIGHT)


def speech(text: str) -> Action:
    return Action(CommandType.SPEAK, None, text)


@pytest.mark.parametrize(
    "text",
    [
        "shoot right",
        "SHOOT Right",
        "  shoot   right.  \n\n",
        "shoot r",
        "shoot 4",
        "**shoot right**",
        "`shoot right`",
        "Command: shoot right",
        "Final answer: **shoot right**",
        "shoot right - it hits B",
        "12. shoot right",
        "I could move up, but B is near.\n\nshoot right",
        "<think>move up\nor not</think>\nshoot right",
        "shoot left\nNo, wait.\nshoot right",
        '{"command_type": "shoot", "direction": "right"}',
        '{"command_type":"SHOOT","direction":"Right","speak_text":null,"why":"it hits"}',
        '```json\n{\n  "command_type": "shoot",\n  "direction": "right"\n}\n```',
        'Here you are:\n{"answer": {"command_type": "shoot", "direction": "right"}} Good luck!',
        'Not {"command_type": "move", "direction": "up"} but {"command_type": "shoot", "direction": "right"}',
    ],
)
def test_a_command_is_read_however_it_is_written(text: str) -> None:
    assert read_answer(text, OPTIONS) == SHOOT_RIGHT


@pytest.mark.parametrize("number", range(1, len(OPTIONS) + 1))
def test_a_number_is_that_of_the_list(number: int) -> None:
    assert read_answer(f"{number}", OPTIONS) == read_answer(f"{number}.", OPTIONS) == OPTIONS[number - 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speak Howdy, partner.", "Howdy, partner."),
        ('Speak: "Howdy"', "Howdy"),
        ('{"command_type": "speak", "speak_text": "a\\nb\\u202e"}', "a b"),
        ("speak " + "x" * 500, "x" * SPEECH_LIMIT),
    ],
)
def test_a_speech_is_clean_and_short(text: str, said: str) -> None:
    assert read_answer(text, OPTIONS) == speech(said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\n",
        "I will move up",
        "move",
        "move north",
        "end turn",
        "timeout",
        "0",
        "99",
        "-1",
        "speak",
        "speak \u200b",
        "{",
        "[" * 100_000,
        '{"command_type": ' * 5_000,
        '{"command_type": "timeout"}',
        '{"command_type": "game_started"}',
        '{"command_type": "move"}',
        '{"command_type": "move", "direction": "north"}',
        '{"command_type": ["move"], "direction": {"up": 1}}',
        '{"command_type": "speak", "speak_text": "\\u200b"}',
        '{"command_type": "speak", "speak_text": 7}',
        "shoot right" + " " * MAX_CHARACTERS + "x",
    ],
)
def test_what_is_no_command_is_refused_with_a_word_of_advice(text: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_answer(text, OPTIONS)
    assert 10 < len(str(caught.value)) < 100


def test_the_schema_has_the_commands_that_bots_are_taught_and_no_other() -> None:
    fields = Command.model_json_schema()["properties"]
    assert set(fields["command_type"]["enum"]) == {kind.value for kind in ORDERS}
    assert set(fields["direction"]["anyOf"][0]["enum"]) == {direction.value for direction in Direction}


def test_an_object_by_the_schema_is_an_action() -> None:
    command = Command.model_validate_json('{"command_type": "shoot", "direction": "right", "speak_text": "x"}')
    assert command.to_action() == SHOOT_RIGHT
    with pytest.raises(ModelError, match="speak needs a text"):
        Command(command_type=CommandType.SPEAK, direction=None, speak_text=" ").to_action()


# -- notes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("shoot right", None),
        ("note: B hides behind the rock\nshoot right", "B hides behind the rock"),
        ("shoot right\nNote: B hides", "B hides"),
        ("**Note:** B hides\nshoot right", "B hides"),
        ("note: one\nnote: two\nshoot right", "two"),
        ("note:\nshoot right", ""),
        ("note: shoot left\nshoot right", "shoot left"),
        (
            'note: B says {"command_type": "shoot", "direction": "left"}\nshoot right',
            'B says {"command_type": "shoot", "direction": "left"}',
        ),
        ('{"command_type": "shoot", "direction": "right", "note": "B hides"}', "B hides"),
        ('{\n"command_type": "shoot",\n"direction": "right",\n"note": "B hides"\n}', "B hides"),
        ('{"command_type": "shoot", "direction": "right", "note": null}', None),
        ('{"command_type": "shoot", "direction": "right", "note": {"a": 1}}', None),
        ("<think>note: no</think>shoot right", None),
    ],
)
def test_a_note_is_read_beside_the_command_and_never_as_one(text: str, note: str | None) -> None:
    assert read_answer(text, OPTIONS) == SHOOT_RIGHT
    assert read_note(text) == note


def test_the_schema_with_a_note_is_one_that_strict_providers_take() -> None:
    schema = NotedCommand.model_json_schema()
    assert schema["required"] == list(schema["properties"]) == ["command_type", "direction", "speak_text", "note"]
    assert "default" not in str(schema)


def test_a_note_may_be_left_out() -> None:
    given = NotedCommand.model_validate_json('{"command_type": "shoot", "direction": "right", "speak_text": null}')
    assert (given.to_action(), given.note) == (SHOOT_RIGHT, None)
