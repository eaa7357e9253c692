"""`cowboy brain probe`, as an operator runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from cowboy.models.profiles import load_profiles
from cowboy.settings import Settings
from tests.integration.brains.models import KEY, write_profiles
from tests.langsmith import langsmith
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
        ("json_schema", "it answered 400: unsupported parameter"),
        ("tool", None),
        ("text", "it answered 400: unsupported parameter"),
    ]


def test_it_prints_a_profile_that_can_be_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key: by the name of the variable that has it."""
    monkeypatch.setenv("SALOON_KEY", KEY)
    with running_provider("no_system") as provider:
        done = probe(write_profiles(provider, tmp_path / "llm.yaml", saloon="auto"))
        assert done.returncode == 0
        assert KEY not in done.stdout
        pasted = tmp_path / "pasted.yaml"
        pasted.write_text("profiles:" + done.stdout.partition("profiles:")[2])
        profile = load_profiles(Settings(llm_config_path=pasted)).get("saloon")
        assert (profile.base_url, profile.model) == (provider.base_url, "openai:saloon-7b")
    assert (profile.output_mode, profile.system_role, profile.api_key) == ("text", False, SecretStr(KEY))


def test_a_key_that_has_no_name_is_asked_for(tmp_path: Path) -> None:
    with running_provider() as provider:
        done = probe(write_profiles(provider, tmp_path / "llm.yaml", saloon="auto"))
    assert KEY not in done.stdout
    assert "# ITS_VARIABLE" in done.stdout


def test_a_shell_that_traces_to_langsmith_is_told_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_provider() as provider, langsmith() as smith:
        for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):
            monkeypatch.setenv(name, "true")
        for name in ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT"):
            monkeypatch.setenv(name, smith.endpoint)
        monkeypatch.setenv("LANGSMITH_API_KEY", "ls-of-the-shell")
        done = probe(write_profiles(provider, tmp_path / "llm.yaml", saloon="auto"))
    assert (done.returncode, smith.received) == (0, [])


def test_nothing_that_a_shell_has_reaches_the_models_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it in one shell, which takes one process instead of fifteen: each would spoil the probe by itself."""
    for name, value in {
        "OPENAI_PROXY": "http://127.0.0.1:1",
        "OPENAI_API_BASE": "http://127.0.0.1:1/v1",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
        "OPENAI_API_KEY": "sk-of-the-shell",
        "OPENAI_LOG": "debug",
        "LANGSMITH_GATEWAY": "true",
        "LC_OUTPUT_VERSION": "nonsense",
        "LANGGRAPH_DEFAULT_RECURSION_LIMIT": "nonsense",
        "SSL_CERT_FILE": "/nowhere",
        "SSL_CERT_DIR": "/nowhere",
        "SSLKEYLOGFILE": "/nowhere/keys",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "HTTPS_PROXY": "nonsense",
        "ALL_PROXY": "socks5://127.0.0.1:1",
        "NO_PROXY": "[nonsense",
    }.items():
        monkeypatch.setenv(name, value)
    with running_provider() as provider:
        done = probe(write_profiles(provider, tmp_path / "llm.yaml", saloon="auto"), "--json")
        headers = {name: text for asked in provider.asked for name, text in asked.headers.items()}
    assert done.returncode == 0, done.stderr
    assert headers["authorization"] == f"Bearer {KEY}"
    assert "proxy" not in done.stderr.lower()
    assert "gunslinger" not in done.stderr
    assert "legal command" not in done.stderr


def test_it_fails_where_there_is_none(tmp_path: Path) -> None:
    with running_provider("prose") as provider:
        done = probe(write_profiles(provider, tmp_path / "llm.yaml", saloon="text"))
    assert done.returncode == 1
    assert done.stdout.count("no ") >= 3
