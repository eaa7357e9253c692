"""`cowboy doctor` on a system that is well, and on one that is not there."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from cowboy.local.environment import environment_of, local_settings
from cowboy.local.stack import running_stack
from cowboy.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("plain_environment"), pytest.mark.timeout(300)]

NOT_INSTALLED = set() if list(metadata.Distribution.discover(name="cowboy")) else {"packages"}
"""What is bad where the tests run from a checkout that was never installed (`make test` installs it)."""


def doctor(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cowboy", "doctor", *arguments],
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        check=False,
    )


def findings(done: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, Any]]:
    return {finding["subject"]: finding for finding in json.loads(done.stdout)}


@pytest.fixture
def system(tmp_path: Path) -> Settings:
    return local_settings(Settings(home=tmp_path), free_ports=True)


def test_a_system_that_is_well_has_nothing_bad(system: Settings) -> None:
    with running_stack(system, instances=2):
        done = doctor(system, "--json")
        told = doctor(system)
    found = findings(done)
    bad = {subject for subject, item in found.items() if item["health"] == "bad"}
    assert bad == NOT_INSTALLED
    assert done.returncode == told.returncode == int(bool(bad))
    assert found["workers"]["saw"] == "i1, i2"
    assert {"redis", "broker", "topics", "bridge", "arena", "manager API", "page"} <= found.keys()
    assert "workers" in told.stdout


def test_a_system_that_is_not_there_is_told_part_by_part_with_remedies(system: Settings) -> None:
    done = doctor(system, "--json")
    bad = {subject: item for subject, item in findings(done).items() if item["health"] == "bad"}
    assert done.returncode == 1
    assert bad.keys() >= {"redis", "broker", "arena", "manager API", "page"}
    assert all(item["remedy"] for item in bad.values())
    assert "Traceback" not in done.stderr
