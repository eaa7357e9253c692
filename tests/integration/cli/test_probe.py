"""`cowboy brain probe`, as an operator runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.brains.models import write_profiles
from tests.provider import running_provider

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]


def probe(file: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cowboy", "brain", "probe", *options],
        env={**os.environ, "BOT_MANAGER_LLM_CONFIG_PATH": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_says_which_modes_a_model_knows(tmp_path: Path) -> None:
    with running_provider("only_tool") as provider:
        done = probe(write_profiles(provider, tmp_path / "llm.yaml", saloon="auto"), "saloon", "--json")
    said = json.loads(done.stdout)["saloon"]
    assert (done.returncode, said["best"]) == (0, "tool")
    assert [(found["mode"], found["flaw"]) for found in said["modes"]] == [
        ("json_schema", "it answered 400"),
        ("tool", None),
        ("text", "it answered 400"),
    ]


def test_it_fails_where_there_is_none(tmp_path: Path) -> None:
    with running_provider("prose") as provider:
        done = probe(write_profiles(provider, tmp_path / "llm.yaml", saloon="text"))
    assert done.returncode == 1
    assert done.stdout.count("no ") >= 3
