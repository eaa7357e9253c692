"""With COWBOY_LOG_FORMAT=json all that a service prints is one JSON object a line, from its start to its end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cowboy.local.environment import environment_of
from cowboy.local.ports import free_binds
from cowboy.local.probes import http_answers
from cowboy.settings import Settings
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

WORKER = ("celery", "-A", "cowboy", "worker", "-Q", "bots.i1", "-n", "i1@%h", "--loglevel", "info")
SERVICES = {
    "arena": (("cowboy", "arena"), "arena_started"),
    "manager": (("cowboy", "manager"), "manager_started"),
    "bridge": (("cowboy", "bridge"), "bridge_started"),
    "keeper": (("cowboy", "keeper"), "keeper_started"),
    "worker": (WORKER, "instance_registered"),
    "flower": (("celery", "-A", "cowboy", "flower", "--address=127.0.0.1", "--port={port}"), "Visit me at"),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    binds = free_binds(3)
    names = ("arena_bind", "game_manager_bind", "bot_manager_bind")
    return settings.model_copy(update={"log_format": "json", **dict(zip(names, binds, strict=True))})


@contextmanager
def printing(log: Path, *arguments: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process whose output and errors go to one file."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def lines_that_are_not_json(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if not is_json_object(line)]


def is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


@pytest.mark.parametrize("service", SERVICES)
def test_from_its_start_to_its_end(service: str, settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command, started = SERVICES[service]
    (bind,) = free_binds(1)
    arguments = [argument.format(port=bind.port) for argument in command]
    with printing(log, *arguments, **environment_of(settings)) as process:
        wait_for(lambda: started in log.read_text())
        if service == "flower":
            # A signal while it still starts becomes a SystemExit wherever it is, and can be lost there.
            wait_for(lambda: http_answers(bind, "/healthcheck"))
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert lines_that_are_not_json(log) == []


@pytest.mark.parametrize("command", [("cowboy", name) for name in ("arena", "bridge", "keeper", "manager")])
def test_a_setting_that_cannot_be_used(command: tuple[str, ...], tmp_path: Path) -> None:
    log = tmp_path / "log"
    with printing(log, *command, COWBOY_LOG_FORMAT="json", COWBOY_BROKER="rabbitmq") as process:
        assert process.wait(60) == 1
    (line,) = map(json.loads, log.read_text().splitlines())
    assert (line["event"], line["level"]) == ("not_started", "critical")
    assert line["error"].startswith("COWBOY_BROKER: ")


def test_a_worker_with_a_bad_file_of_models(settings: Settings, tmp_path: Path) -> None:
    log, file = tmp_path / "log", tmp_path / "llm.yaml"
    file.write_text("players:\n  C:\n    modle: saloon-7b\n")
    environment = environment_of(settings.model_copy(update={"llm_config_path": file}))
    with printing(log, *WORKER, **environment) as process:
        assert process.wait(60) == 1
    *_, line = map(json.loads, log.read_text().splitlines())
    assert line["event"] == "not_started"
    assert "players.C.modle" in line["error"]


NOBODY_CATCHES = """
import gc, sys, threading, warnings
from cowboy.process.logs import configure_logs
from cowboy.settings import Settings

class Unlucky:
    def __del__(self):
        raise ValueError("at its end")

def fail(*_):
    raise ValueError("in a thread")

configure_logs(Settings(log_format="json"))
warnings.warn("look out", UserWarning)
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Unlucky()
gc.collect()
raise ValueError("at last")
"""


def test_errors_that_nobody_caught_and_warnings(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = tmp_path / "unlucky.py"
    program.write_text(NOBODY_CATCHES)
    with log.open("wb") as output:
        done = subprocess.run([sys.executable, program], stdout=output, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 1
    warned, *uncaught = map(json.loads, log.read_text().splitlines())
    assert "look out" in warned["event"]
    assert [(line["event"], line["exception"][0]["exc_value"]) for line in uncaught] == [
        ("uncaught_error", text) for text in ("in a thread", "at its end", "at last")
    ]
