"""The settings of a stack on one machine, and how its processes are told."""

from pathlib import Path

import pytest

from cowboy.errors import BadSetting
from cowboy.local.environment import base_url, broker_bind, environment_of, local_settings, redis_bind
from cowboy.settings import Bind, Settings, environment_name, load_settings

pytestmark = pytest.mark.usefixtures("plain_environment")


def test_a_process_reads_exactly_the_settings_of_its_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = local_settings(
        Settings(manager_token="correct-horse-battery", fetch_wait_ms=7, task_events=True, search_budget_nodes=None),
        free_ports=True,
    )
    monkeypatch.setenv(environment_name("search_budget_nodes"), "99")
    monkeypatch.setenv(environment_name("redis_url"), "redis://elsewhere:1/0")

    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    assert load_settings() == settings


def test_base_urls_follow_the_binds() -> None:
    settings = local_settings(Settings(game_manager_bind=Bind("127.0.0.1:18081"), bot_manager_bind=Bind("[::1]:18090")))

    assert settings.game_manager_base_url == "http://127.0.0.1:18081"
    assert settings.bot_manager_base_url == "http://[::1]:18090"


def test_a_service_that_listens_everywhere_is_called_on_loopback() -> None:
    assert base_url(Bind("0.0.0.0:8000")) == "http://127.0.0.1:8000"


def test_free_ports_are_used_for_every_service() -> None:
    first, second = (local_settings(Settings(), free_ports=True) for _ in range(2))

    for name in ("redis_url", "kafka_bootstrap_servers", "arena_bind", "game_manager_bind", "flower_bind"):
        assert getattr(first, name) != getattr(second, name) != getattr(Settings(), name)


def test_the_embedded_servers_take_the_ports_of_the_usual_settings() -> None:
    settings = local_settings(
        Settings(redis_url="redis://localhost:7000/3", kafka_bootstrap_servers="localhost:7001", home=Path("here"))
    )

    assert (redis_bind(settings), broker_bind(settings)) == ("127.0.0.1:7000", "127.0.0.1:7001")
    assert (settings.redis_url, settings.broker_kind) == ("redis://127.0.0.1:7000/3", "tansu")
    assert settings.home.is_absolute()


@pytest.mark.parametrize(
    "url",
    [
        "redis://elsewhere:6379/0",
        "rediss://127.0.0.1:6379/0",
        "unix:///run/redis.sock",
        "redis://:pw@127.0.0.1:6379/0",
        "sentinel://127.0.0.1/main",
    ],
)
def test_a_redis_that_cannot_be_embedded_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match="COWBOY_REDIS_URL") as caught:
        local_settings(Settings(redis_url=url))

    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("servers", ["elsewhere:9092", "127.0.0.1:9092,127.0.0.1:9093", "[::1]:9092"])
def test_a_broker_that_cannot_be_embedded_is_refused(servers: str) -> None:
    with pytest.raises(BadSetting, match="KAFKA_BOOTSTRAP_SERVERS"):
        local_settings(Settings(kafka_bootstrap_servers=servers))


def test_a_broker_that_is_guarded_cannot_be_embedded() -> None:
    with pytest.raises(BadSetting, match="COWBOY_KAFKA_SECURITY_PROTOCOL=SSL"):
        local_settings(Settings(kafka_security_protocol="SSL"))


def test_a_redis_on_ipv6_is_started_there() -> None:
    settings = local_settings(Settings(redis_url="redis://[::1]:7000/3"))
    assert (redis_bind(settings), settings.redis_url) == ("[::1]:7000", "redis://[::1]:7000/3")


def test_a_service_that_listens_everywhere_on_ipv6_is_called_on_its_loopback() -> None:
    assert base_url(Bind("[::]:8000")) == "http://[::1]:8000"
