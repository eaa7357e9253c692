"""The programs in `examples/` do what their first lines promise, against the whole system."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cowboy.game.wire.http import CreateGame
from cowboy.game.words import PlayerName
from cowboy.local.environment import base_url, environment_of, local_settings
from cowboy.local.stack import running_stack
from cowboy.match.client import GameClient
from cowboy.settings import Settings

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Everything on free ports, with a search that does not think for long."""
    plain = Settings(home=tmp_path_factory.mktemp("examples"), search_budget_ms=5)
    settings = local_settings(plain, free_ports=True)
    with running_stack(settings):
        yield settings


def start(system: Settings, name: str, *arguments: str) -> subprocess.Popen[str]:
    """An example as a person would start it, in the checkout."""
    return subprocess.Popen(
        [sys.executable, EXAMPLES / name, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment_of(system), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def output_of(example: subprocess.Popen[str]) -> list[str]:
    """What an example has printed by its end, which must be a good one."""
    with example:
        try:
            printed, _ = example.communicate(timeout=PATIENCE_SECONDS)
        finally:
            example.kill()
    assert example.returncode == 0, printed
    return printed.splitlines()


def test_two_bots_play_a_game_to_its_end_before_a_viewer(system: Settings) -> None:
    first, *turns, last = output_of(start(system, "fill_seats.py", base_url(system.arena_bind)))

    assert first.startswith("game ")
    assert turns[0].startswith("turn   2: A ")
    assert last.endswith(" wins") or last == "a draw between A and B"


def test_a_program_plays_a_persons_seat(system: Settings) -> None:
    *turns, last = output_of(start(system, "own_client.py", base_url(system.arena_bind)))

    assert turns[0].startswith("turn 1: ")
    assert last.startswith("over after ")


def test_a_game_is_followed_on_its_topic_until_it_ends(system: Settings) -> None:
    client = GameClient(system)
    game = client.create(CreateGame(bot_players=(PlayerName.A, PlayerName.B), max_turns=10))
    reader = start(system, "read_topics.py", game.game_id)
    client.start(game.game_id)

    lines = output_of(reader)
    client.close()

    assert lines[0].endswith("turn 1: A to act")
    assert "GAME_FINISHED" in lines[-1]
    assert len(lines) >= 3


def test_every_brain_is_asked(system: Settings) -> None:
    answers = {line.split()[0]: line.split()[1:3] for line in output_of(start(system, "ask_a_brain.py"))}

    assert {"greedy", "random", "search"} <= answers.keys()
    assert answers["search"] == ["shoot", "right"]


def test_every_example_says_how_to_run_it_and_is_small() -> None:
    for example in EXAMPLES.glob("*.py"):
        text = example.read_text(encoding="utf-8")
        assert f".venv/bin/python examples/{example.name}" in text
        assert text.count("\n") < 60
