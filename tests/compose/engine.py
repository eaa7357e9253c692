"""The compose file on a container engine, as a project of its own beside whatever else runs there."""

import json
import os
import shlex
import subprocess
import time
from typing import Any, NamedTuple

DOCKER = tuple(shlex.split(os.environ.get("COWBOY_TEST_DOCKER", "docker")))
"""How the engine is reached: a command, in which the checkout is the current folder."""

PROJECT = "cowboy-test"
UP_SECONDS = 300


class Container(NamedTuple):
    """One of a service's, as `docker compose ps` shows it."""

    name: str
    service: str
    state: str
    health: str
    exit_code: int


class CommandFailed(Exception):
    """A command of the engine ended with another code than 0."""


def docker(*arguments: str) -> str:
    """What `docker <arguments>` printed. Raises `CommandFailed`, which has what it said."""
    try:
        done = subprocess.run([*DOCKER, *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise CommandFailed(f"{shlex.join(DOCKER)} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise CommandFailed(f"docker {' '.join(arguments)}: {done.stderr[-2000:] or done.stdout[-2000:]}")
    return done.stdout


def compose(*arguments: str, override: str = "") -> str:
    """The same of `docker compose`, with a second file if one is named."""
    files = ("-f", "docker-compose.yml", *(("-f", override) if override else ()))
    return docker("compose", "-p", PROJECT, "--progress", "quiet", *files, *arguments)


def up(*arguments: str, override: str = "") -> None:
    """All services, healthy. Raises `CommandFailed` when one is not in time."""
    compose("up", "-d", "--wait", "--wait-timeout", str(UP_SECONDS), *arguments, override=override)


def down(*arguments: str) -> None:
    compose("down", "--remove-orphans", *arguments)


def containers() -> list[Container]:
    """All of the project, ended ones too."""
    lines = map(json.loads, compose("ps", "-a", "--format", "json").splitlines())
    return [Container(it["Name"], it["Service"], it["State"], it["Health"], it["ExitCode"]) for it in lines]


def services() -> list[str]:
    """Those that keep running, servers first."""
    return [name for name in compose("config", "--services").split() if name != "secrets"]


def stop(service: str) -> float:
    """Seconds that it took to end. The containers stay."""
    began = time.monotonic()
    compose("stop", service)
    return time.monotonic() - began


def start(*services: str) -> None:
    """What was stopped, until it is healthy. Nothing is made anew."""
    up("--no-recreate", "--no-deps", *services)


def log(service: str) -> list[str]:
    """The lines of a service's containers, as they printed them."""
    # Compose 2.26.1 clears the terminal's line before each, whatever it writes to.
    return compose("logs", "--no-log-prefix", "--no-color", service).replace("\x1b[2K", "").splitlines()


class Load(NamedTuple):
    """Of one container, at one moment."""

    memory: str
    cpu_percent: float


def loads() -> dict[str, Load]:
    """Service and number → what it takes."""
    running = [it.name for it in containers() if it.state == "running"]
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in docker("stats", "--no-stream", "--format", "json", *running).splitlines()
    ]
    return {
        it["Name"].removeprefix(f"{PROJECT}-"): Load(it["MemUsage"].split(" / ")[0], float(it["CPUPerc"].rstrip("%")))
        for it in lines
    }
