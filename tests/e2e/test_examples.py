"""The programs in `examples/` do what their first lines promise, against the whole system."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cowboy.brains.conformance import CHECKS
from cowboy.game.wire.http import CreateGame
from cowboy.game.words import PlayerName
from cowboy.local.environment import base_url, environment_of
from cowboy.match.client import GameClient
from cowboy.settings import Settings

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
OWN_BRAIN = EXAMPLES / "own_brain"
PATIENCE_SECONDS = 120


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


@pytest.fixture(scope="module")
def with_own_brain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the example's package, without asking any network."""
    folder = tmp_path_factory.mktemp("own_brain")
    # From a copy: setuptools leaves its traces where it builds.
    source = shutil.copytree(OWN_BRAIN, folder / "source")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--no-cache-dir")
    run("pip", "install", "--quiet", *offline, "--target", str(folder / "installed"), str(source))
    return folder / "installed"


def run(*words: str, beside: Path | None = None) -> str:
    """`python -m <words>` in the checkout, with the packages of a folder; what it prints by its good end."""
    path = os.pathsep.join(map(str, filter(None, (beside, ROOT))))
    home = {} if beside is None else {"COWBOY_HOME": str(beside.parent / "home")}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, **home, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_brain_of_an_installed_package_passes_the_check_and_plays(with_own_brain: Path) -> None:
    checked = json.loads(run("cowboy", "brain", "check", "drifter", "--json", beside=with_own_brain))
    assert checked["passed"]
    assert {check["flaw"] for check in checked["checks"]} == {None}
    played = run("cowboy", "strength", "drifter,random", "--games", "2", "--json", beside=with_own_brain)
    assert json.loads(played)["failures"] == 0


def test_the_brain_of_an_installed_package_plays_through_the_whole_system(with_own_brain: Path) -> None:
    seats = ("match", "--brains", "A=drifter,B=random", "--players", "2", "--seed", "7", "--max-turns", "30", "--json")
    drifter = json.loads(run("cowboy", *seats, beside=with_own_brain))["players"]["A"]
    assert (drifter["brain"], drifter["timeouts"], drifter["invalid"]) == ("drifter", 0, 0)
    # The safe default is a shield, which this brain never chooses where there is a way.
    assert set(drifter["commands"]) <= {"move", "shoot"}


def test_a_package_that_is_not_installed_brings_nothing() -> None:
    with pytest.raises(AssertionError, match="there is no brain 'drifter'"):
        run("cowboy", "brain", "check", "drifter")


def test_the_tests_that_the_package_brings_pass(with_own_brain: Path) -> None:
    tests = str(OWN_BRAIN / "test_own_brain.py")
    said = run("pytest", "-p", "no:cacheprovider", tests, beside=with_own_brain)
    assert f"{len(CHECKS)} passed" in said


def test_every_example_says_how_to_run_it_and_is_small() -> None:
    for example in EXAMPLES.glob("**/*.py"):
        text = example.read_text(encoding="utf-8")
        run_by = example.relative_to(ROOT) if example.parent == EXAMPLES else example.parent.relative_to(ROOT)
        assert f" {run_by}" in text
        assert ".venv/bin/python " in text
        assert text.count("\n") < 60 or example.parent.name == "sparring", "only opponents to measure by may be long"
