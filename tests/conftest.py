"""Real servers for the tests: embedded ones for the session, or those that the environment names."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from cowboy.local.stack import Servers, running_servers
from cowboy.settings import Settings, environment_name
from cowboy.state.client import Redis, connect


@pytest.fixture(scope="session")
def embedded_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    return os.environ.get("COWBOY_TEST_REDIS_URL") or request.getfixturevalue("embedded_servers").redis_url


@pytest.fixture(scope="session")
def bootstrap_servers(request: pytest.FixtureRequest) -> str:
    named = os.environ.get("COWBOY_TEST_KAFKA")
    return named or request.getfixturevalue("embedded_servers").kafka_bootstrap_servers


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without any setting of ours, whatever the shell has."""
    for field in Settings.model_fields:
        monkeypatch.delenv(environment_name(field), raising=False)


@pytest.fixture
def settings(plain_environment: None, redis_url: str, bootstrap_servers: str, tmp_path: Path) -> Settings:
    """Settings for the test's servers, with a home, keys and topics that no other test has."""
    mine = f"t{uuid.uuid4().hex[:12]}"
    return Settings(
        home=tmp_path,
        redis_url=redis_url,
        kafka_bootstrap_servers=bootstrap_servers,
        broker_kind="kafka" if os.environ.get("COWBOY_TEST_KAFKA") else "tansu",
        key_prefix=f"{mine}:",
        input_topic_prefix=f"{mine}.commands",
        output_topic_prefix=f"{mine}.output",
    )


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    """A client of the test's Redis. Afterwards none of the test's keys is left."""
    with connect(settings) as client:
        yield client
        for key in client.scan_iter(f"{settings.key_prefix}*"):
            client.delete(key)
