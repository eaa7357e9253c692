"""`cowboy chaos` as its user meets it: a short run with a handful of faults, and nothing of it afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.test_match import left_running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.usefixtures("plain_environment"),
    pytest.mark.timeout(300),
]

FAULTS = "kill-worker,kill-bridge,kill-keeper,kill-manager,after-send,messages"


def chaos(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cowboy", "chaos", "--json", *arguments],
        env={**os.environ, "COWBOY_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_turns_survive_a_handful_of_faults(tmp_path: Path) -> None:
    done = chaos(
        tmp_path,
        *("--games", "2", "--parallel", "2", "--max-turns", "40", "--turn-timeout", "15"),
        *("--faults", FAULTS, "--every", "0.5", "--seed", "3"),
    )
    document: dict[str, Any] = json.loads(done.stdout)
    totals = document["totals"]

    assert document["violations"] == []
    assert (done.returncode, done.stderr) == (0, "")
    assert (totals["games"], totals["finished"], totals["read_again"], totals["turns"]) == (2, 2, 2, 80)
    assert totals["faults"] >= 2
    assert document["seed"] == 3
    assert {"arena", "broker", "redis", "worker-i4"} <= document["growth"]["memory_bytes"].keys()
    held = document["growth"]["redis"]
    assert held["keys"]["samples"] >= 2
    assert held["keys"]["last"] > held["lasting_keys"]["last"]
    assert left_running(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
