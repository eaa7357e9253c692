"""Real servers for the tests: started for the session, or those that the environment names."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from cowboy.errors import ServerMissing
from cowboy.local.ports import free_binds
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings, environment_names
from cowboy.state.client import Redis, connect
from tests.brokers import BrokerKind, Brokers, make_brokers, provide_kafka

WHOLE_SYSTEMS = ("tests/e2e/outages/", "tests/e2e/")
NAMED_REDIS = os.environ.get("COWBOY_TEST_REDIS_URL")
NAMED_KAFKA = os.environ.get("COWBOY_TEST_KAFKA")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker",
        choices=[kind.value for kind in BrokerKind],
        default=BrokerKind.KAFKA if NAMED_KAFKA else BrokerKind.TANSU,
        help="what the tests run on: the embedded broker (tansu), Apache Kafka, one with TLS and a login, three nodes",
    )
    parser.addoption(
        "--setting",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="run the tests with a setting that is not its default, as COWBOY_TALK=table; may be repeated",
    )


def pytest_configure(config: pytest.Config) -> None:
    """One line instead of a thousand skipped tests where there is no Kafka. CI fails."""
    os.environ.update(_wanted_settings(config))
    # A shell's background jobs and `nohup` ignore these, and what a process ignores, its children do.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    if config.getoption("--broker") != BrokerKind.TANSU and not NAMED_KAFKA:
        try:
            provide_kafka()
        except ServerMissing as error:
            pytest.exit(f"nothing is tested: {error}", returncode=1 if os.environ.get("CI") else 0)


def _wanted_settings(config: pytest.Config) -> dict[str, str]:
    return dict(setting.split("=", 1) for setting in config.getoption("--setting"))


class SideBySide(LoadScopeScheduling):
    """Where several processes run tests: those of a file stay in one, which makes what they share once. So do the
    outages of `tests/e2e`, and the others there, since two whole systems at a time are enough for a small machine.

    Not pytest-xdist's groups: those of 3.8.0 do nothing with pytest 9.2, which has no `Item._nodeid` any more.
    """

    def _split_scope(self, nodeid: str) -> str:
        whole = (folder for folder in WHOLE_SYSTEMS if nodeid.startswith(folder))
        return next(whole, nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SideBySide:
    return SideBySide(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that say which brokers they are for are left out on others."""
    kind = config.getoption("--broker")
    others = [item for item in items if any(kind not in mark.args for mark in item.iter_markers("broker"))]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if NAMED_REDIS:
        yield NAMED_REDIS
        return
    home = tmp_path_factory.mktemp("redis")
    (bind,) = free_binds(1)
    with supervising(home) as supervisor:
        supervisor.start((redis_service(bind, home),))
        yield f"redis://{bind}/0"


@pytest.fixture(scope="session")
def broker_kind(request: pytest.FixtureRequest) -> BrokerKind:
    """What the tests of this session run on."""
    return BrokerKind(request.config.getoption("--broker"))


@pytest.fixture(scope="session")
def broker_settings(broker_kind: BrokerKind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """The settings that reach the session's broker."""
    if NAMED_KAFKA:
        yield {"kafka_bootstrap_servers": NAMED_KAFKA, "broker_kind": "kafka"}
        return
    home = tmp_path_factory.mktemp("broker")
    brokers = make_brokers(broker_kind, home)
    with supervising(home) as supervisor:
        brokers.start(supervisor)
        yield brokers.settings


@pytest.fixture(scope="session")
def new_brokers(broker_kind: BrokerKind) -> Callable[[Path], Brokers]:
    """Makes brokers of the session's kind, with what they store in a folder, for tests that stop or kill them."""
    if NAMED_KAFKA:
        pytest.skip(f"COWBOY_TEST_KAFKA={NAMED_KAFKA} is not ours to stop: unset it, and the tests start their own")
    return partial(make_brokers, broker_kind)


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """An environment without any setting of ours, whatever the shell has; but for those of `--setting`."""
    for name in environment_names() - _wanted_settings(request.config).keys():
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(plain_environment: None, redis_url: str, broker_settings: Mapping[str, Any], tmp_path: Path) -> Settings:
    """Settings for the test's servers, with a home, keys and topics that no other test has."""
    mine = f"t{uuid.uuid4().hex[:12]}"
    return Settings(
        home=tmp_path,
        redis_url=redis_url,
        **broker_settings,
        key_prefix=f"{mine}:",
        input_topic_prefix=f"{mine}.commands",
        output_topic_prefix=f"{mine}.output",
        talk_topic_prefix=f"{mine}.talk",
    )


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    """A client of the test's Redis. Afterwards none of the test's keys is left."""
    with connect(settings) as client:
        yield client
        for key in client.scan_iter(f"{settings.key_prefix}*"):
            client.delete(key)
