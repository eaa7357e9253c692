"""Celery's own shell, as an engineer uses it who invokes one task by hand."""

import os
import subprocess
import sys

import pytest

from cowboy.local.environment import environment_of
from cowboy.settings import Settings

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "BROKER_URL"])
def test_another_programs_broker_in_the_shell_is_not_ours(settings: Settings, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "cowboy", "inspect", "ping", "--timeout", "0.2"],
        env={**os.environ, **environment_of(settings), name: "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No nodes replied" in done.stdout + done.stderr


def test_a_turn_of_a_seat_without_a_bot_is_refused_in_one_line_with_a_remedy(settings: Settings) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "cowboy",
            "call",
            "cowboy.tasks.decide_command",
            "--args",
            '["no-game", "nobody", 1]',
        ],
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line == "Error: no bot sits on seat nobody of game no-game; name a queue, such as --queue bots.i1"
