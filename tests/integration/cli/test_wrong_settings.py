"""A process that cannot be configured does not start: one line that names the setting, no traceback, exit code 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]


def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["arena", "bench", "bridge", "keeper", "manager", "match", "up"])
def test_a_command_with_a_bad_setting_says_which_in_one_line(command: str) -> None:
    done = run("cowboy", command, COWBOY_BROKER="rabbitmq")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: COWBOY_BROKER: ")


def test_a_manager_that_others_could_reach_without_a_token_does_not_start() -> None:
    done = run("cowboy", "manager", BOT_MANAGER_BIND="0.0.0.0:8090")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: BOT_MANAGER_BIND=0.0.0.0:8090 ")
    assert "COWBOY_MANAGER_TOKEN" in line


def test_a_worker_with_a_bad_setting_says_which_and_does_not_start() -> None:
    done = run("celery", "-A", "cowboy", "worker", "-Q", "bots.i1", COWBOY_BROKER="rabbitmq")
    assert done.returncode != 0
    assert "COWBOY_BROKER: " in done.stderr


@pytest.mark.parametrize("command", [("cowboy", "manager"), ("cowboy", "keeper"), ("celery", "-A", "cowboy", "worker")])
def test_a_process_with_a_bad_file_of_models_says_where_and_does_not_start(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "llm.yaml"
    file.write_text("players:\n  C:\n    modle: saloon-7b\n")
    done = run(*command, BOT_MANAGER_LLM_CONFIG_PATH=str(file))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: BOT_MANAGER_LLM_CONFIG_PATH")
    assert "players.C.modle" in line
