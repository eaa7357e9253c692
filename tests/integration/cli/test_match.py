"""`cowboy match` as its user meets it: a whole system for one match, and nothing of it afterwards."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from cowboy.match.figures import GameFigures
from tests.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("plain_environment"), pytest.mark.timeout(300)]

DUEL = ("--players", "2", "--brains", "A=greedy,B=random", "--seed", "7")


def start(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "cowboy", "match", *arguments],
        env={**os.environ, "COWBOY_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def play(home: Path, *arguments: str) -> Any:
    with start(home, *arguments, "--json") as match:
        output, errors = match.communicate()
    assert match.returncode == 0, errors
    assert left_running(home) == []
    assert list(home.iterdir()) == []
    return json.loads(output)


def left_running(home: Path) -> list[str]:
    """Commands of the processes that belong to a home, by what they were started with."""
    return [" ".join(process.cmdline()) for process in psutil.process_iter() if str(home) in traces(process)]


def traces(process: psutil.Process) -> str:
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def test_a_seed_gives_the_same_game_twice_and_nothing_is_left(tmp_path: Path) -> None:
    first, second = (GameFigures.model_validate(play(tmp_path, *DUEL)) for _ in range(2))
    assert first.winner in {"A", "B"}
    assert first.seed == 7
    assert {name: player.brain for name, player in first.players.items()} == {"A": "greedy", "B": "random"}
    for player in first.players.values():
        assert (player.timeouts, player.invalid) == (0, 0)
        assert sum(player.commands.values()) > 0
        assert player.event_to_command_ms.p99 is not None
    assert outcome(second) == outcome(first)
    assert second.game_id != first.game_id


def outcome(figures: GameFigures) -> object:
    """What chance and skill decide, and time does not."""
    players = {name: (player.hp, player.commands) for name, player in figures.players.items()}
    return figures.winner, figures.turns, figures.rounds, figures.ranking, players


def test_several_games_are_told_together_with_who_won_how_often(tmp_path: Path) -> None:
    document = play(tmp_path, *DUEL, "--games", "3", "--parallel", "3", "--max-turns", "30")
    games = [GameFigures.model_validate(item) for item in document["games"]]
    assert sorted(game.seed for game in games) == [7, 8, 9]
    assert all(game.turns <= 30 for game in games)
    assert sum(document["wins"].values()) == 3


def test_ctrl_c_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    with start(tmp_path, "--players", "2", "--brains", "A=random,B=random") as match:
        assert match.stderr is not None
        wait_for(lambda: "game started" in match.stderr.readline(), 120)
        match.send_signal(signal.SIGINT)
        match.communicate()
    assert match.returncode == 1
    assert left_running(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
