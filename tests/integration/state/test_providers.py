"""Providers are left alone when they fail in a row, or ask for it; and asked again after that."""

import pytest

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.providers import FAILURES, MAX_REST_SECONDS, REST_SECONDS, Providers
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def providers(settings: Settings, redis: Redis) -> Providers:
    return Providers(redis, Keys(settings.key_prefix))


def test_a_failure_now_and_then_is_no_reason_to_rest(providers: Providers) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            providers.failed("p", None)
        providers.answered("p")
    assert providers.seconds("p") == 0


def test_failures_in_a_row_are_and_only_for_the_one_that_failed(providers: Providers) -> None:
    for _ in range(FAILURES):
        assert providers.seconds("p") == 0
        providers.failed("p", None)
    assert REST_SECONDS - 5 < providers.seconds("p") <= REST_SECONDS
    assert providers.seconds("another") == 0


def test_after_a_rest_one_more_failure_is_enough(providers: Providers, settings: Settings, redis: Redis) -> None:
    for _ in range(FAILURES):
        providers.failed("p", None)
    redis.delete(Keys(settings.key_prefix).resting("p"))
    assert providers.seconds("p") == 0
    providers.failed("p", None)
    assert providers.seconds("p") > 0


def test_patience_that_is_asked_for_is_given_at_once_within_bounds(providers: Providers) -> None:
    providers.failed("p", 7.0)
    assert 5 < providers.seconds("p") <= 7
    providers.failed("q", 86_400.0)
    assert MAX_REST_SECONDS - 5 < providers.seconds("q") <= MAX_REST_SECONDS


def test_a_rest_ends_by_itself(providers: Providers) -> None:
    providers.failed("p", 0.05)
    wait_for(lambda: providers.seconds("p") == 0)


def test_no_patience_at_all_is_no_error(providers: Providers) -> None:
    providers.failed("p", 0.0)
    wait_for(lambda: providers.seconds("p") == 0)
