"""Names of topics go there and back, and a stranger's topic is nobody's game."""

import pytest

from cowboy.bus.topics import TopicNames
from cowboy.settings import Settings

NAMES = TopicNames("game.commands", "game.output")
GAME = "5d0c6c1e-6f0e-4b7b-9a52-3a1f0f7f2b10"


def test_the_names_are_those_of_the_contract() -> None:
    assert NAMES.input_of(GAME) == f"game.commands.{GAME}.v1"
    assert NAMES.output_of(GAME) == f"game.output.{GAME}.v1"


@pytest.mark.usefixtures("plain_environment")
def test_the_prefixes_are_those_of_the_settings() -> None:
    names = TopicNames.of(Settings(input_topic_prefix="in", output_topic_prefix="out"))
    assert (names.input_of("g"), names.output_of("g")) == ("in.g.v1", "out.g.v1")


@pytest.mark.parametrize("game_id", [GAME, "g", "v1", "game-output", "_", "0" * 200])
def test_a_name_tells_its_game_again(game_id: str) -> None:
    assert NAMES.game_of_output(NAMES.output_of(game_id)) == game_id
    assert NAMES.game_of_input(NAMES.input_of(game_id)) == game_id


def test_a_games_two_topics_are_never_taken_for_each_other() -> None:
    assert NAMES.game_of_output(NAMES.input_of(GAME)) is None
    assert NAMES.game_of_input(NAMES.output_of(GAME)) is None


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "game.output.v1",
        "game.output..v1",
        "game.output.a.b.v1",
        "game.output.a.v2",
        "game.output.a.v1.",
        "game.outputs.a.v1",
        "gameXoutput.a.v1",
        "my.game.output.a.v1",
        "game.output.a.v1\n",
        "game.steps.v1",
        "__consumer_offsets",
    ],
)
def test_a_topic_of_another_kind_belongs_to_no_game(topic: str) -> None:
    assert NAMES.game_of_output(topic) is None
