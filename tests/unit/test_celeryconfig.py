"""Celery's configuration: safe against loss, and the same in every process."""

from collections.abc import Iterator
from importlib import reload
from types import ModuleType

import pytest

import celeryconfig
from cowboy.settings import settings

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setenv("COWBOY_MAX_TURN_SECONDS", "70")
    monkeypatch.setenv("COWBOY_KEY_PREFIX", "mine:")
    monkeypatch.setenv("COWBOY_WORKER_THREADS", "9")
    settings.cache_clear()
    yield reload(celeryconfig)
    monkeypatch.undo()
    settings.cache_clear()
    reload(celeryconfig)


def test_a_running_decision_is_never_handed_out_twice_by_the_broker(config: ModuleType) -> None:
    assert config.broker_transport_options["visibility_timeout"] >= 3 * 70


def test_a_worker_that_dies_takes_no_turn_with_it(config: ModuleType) -> None:
    assert config.task_acks_late
    assert config.worker_prefetch_multiplier == 1
    assert not config.worker_cancel_long_running_tasks_on_connection_loss


def test_no_wait_for_the_broker_is_endless_and_no_outage_is_final(config: ModuleType) -> None:
    options = config.broker_transport_options
    assert options["socket_timeout"] > 0
    assert options["socket_connect_timeout"] > 0
    assert options["health_check_interval"] > 0
    assert config.broker_connection_max_retries is None
    assert config.broker_connection_retry_on_startup


def test_everything_of_celerys_stands_behind_our_prefix(config: ModuleType) -> None:
    assert config.broker_transport_options["global_keyprefix"] == "mine:celery:"


def test_only_json_is_spoken_and_no_result_is_kept(config: ModuleType) -> None:
    assert config.task_serializer == "json"
    assert config.accept_content == ["json"]
    assert config.task_ignore_result
    assert not hasattr(config, "result_backend")


def test_decisions_wait_in_as_many_threads_as_were_asked_for(config: ModuleType) -> None:
    assert (config.worker_pool, config.worker_concurrency) == ("threads", 9)
