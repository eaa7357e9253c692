"""Providers are left alone when they fail in a row, or ask for it; and asked again after that."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from cowboy.models.quota import Admission, Asking, Terms, Usage, Verdict
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.providers import FAILURES, MAX_REST_SECONDS, REST_SECONDS, Providers
from cowboy.state.usage import Spent, Usages
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def providers(settings: Settings, redis: Redis) -> Providers:
    return Providers(redis, Keys(settings.key_prefix), 3600)


def asking(provider: str = "p", *, bot_id: str = "bot-0", game_id: str = "g1", **terms: Any) -> Asking:
    return Asking(provider, "saloon", game_id, bot_id, Terms(**terms))


def rest(providers: Providers, provider: str) -> float:
    """How long it is left alone yet."""
    verdict, seconds, _ = providers.admit(asking(provider), 0)
    assert verdict in {Verdict.ADMITTED, Verdict.RESTING}
    return seconds


def test_a_failure_now_and_then_is_no_reason_to_rest(providers: Providers) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            providers.failed("p", None)
        providers.answered(asking(), Usage(1, 1))
    assert rest(providers, "p") == 0


def test_failures_in_a_row_are_and_only_for_the_one_that_failed(providers: Providers) -> None:
    for _ in range(FAILURES):
        assert rest(providers, "p") == 0
        providers.failed("p", None)
    assert REST_SECONDS - 5 < rest(providers, "p") <= REST_SECONDS
    assert rest(providers, "another") == 0


def test_after_a_rest_one_more_failure_is_enough(providers: Providers, settings: Settings, redis: Redis) -> None:
    for _ in range(FAILURES):
        providers.failed("p", None)
    redis.delete(Keys(settings.key_prefix).resting("p"))
    assert rest(providers, "p") == 0
    providers.failed("p", None)
    assert rest(providers, "p") > 0


def test_patience_that_is_asked_for_is_given_at_once_within_bounds(providers: Providers) -> None:
    providers.failed("p", 7.0)
    assert 5 < rest(providers, "p") <= 7
    providers.failed("q", 86_400.0)
    assert MAX_REST_SECONDS - 5 < rest(providers, "q") <= MAX_REST_SECONDS


def test_a_rest_ends_by_itself(providers: Providers) -> None:
    providers.failed("p", 0.05)
    wait_for(lambda: rest(providers, "p") == 0)


def test_no_patience_at_all_is_no_error(providers: Providers) -> None:
    providers.failed("p", 0.0)
    wait_for(lambda: rest(providers, "p") == 0)


# -- requests a minute -------------------------------------------------------------------------------------------------


def test_a_bucket_lets_a_burst_through_and_then_one_after_the_other(providers: Providers) -> None:
    slow = asking(requests_per_minute=6, burst=2)
    waits = [providers.admit(slow, 60).seconds for _ in range(4)]
    assert waits[:2] == [0, 0]
    assert [round(wait) for wait in waits[2:]] == [10, 20]


def test_who_cannot_wait_is_refused_and_takes_nothing(providers: Providers) -> None:
    slow = asking(requests_per_minute=6, burst=1)
    providers.admit(slow, 0)
    for _ in range(3):
        verdict, seconds, _ = providers.admit(slow, 5)
        assert (verdict, round(seconds)) == (Verdict.BUSY, 10)
    assert providers.admit(slow, 15).verdict == Verdict.ADMITTED


def test_a_bucket_is_the_providers_and_nobody_elses(providers: Providers) -> None:
    for provider in ("p", "q"):
        assert providers.admit(asking(provider, requests_per_minute=1, burst=1), 0) == Admission(Verdict.ADMITTED)
        assert providers.admit(asking(provider, requests_per_minute=1, burst=1), 0).verdict == Verdict.BUSY


def test_a_bucket_fills_again(providers: Providers) -> None:
    quick = asking(requests_per_minute=1200, burst=1)
    providers.admit(quick, 0)
    wait_for(lambda: providers.admit(quick, 0).verdict == Verdict.ADMITTED)


def test_workers_at_once_get_no_more_than_the_bucket_holds(providers: Providers) -> None:
    crowd = asking(requests_per_minute=1, burst=7)
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda _: providers.admit(crowd, 0).verdict, range(40)))
    assert verdicts.count(Verdict.ADMITTED) == 7


# -- budgets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "of", "others"),
    [
        ("tokens_per_bot", "bot", {"bot_id": "bot-1"}),
        ("tokens_per_game", "game", {"game_id": "g2"}),
        ("tokens_per_day", "day", {}),
    ],
)
def test_a_budget_that_is_spent_refuses_its_own_and_no_other(
    providers: Providers, budget: str, of: str, others: dict[str, str]
) -> None:
    mine = asking(**{budget: 100})
    providers.answered(mine, Usage(90, 9))
    assert providers.admit(mine, 0).verdict == Verdict.ADMITTED
    providers.answered(mine, Usage(1, 0))
    assert providers.admit(mine, 0) == Admission(Verdict.SPENT, 0.0, of)
    another = asking(**others, **{budget: 100}) if others else mine._replace(profile="sheriff")
    assert providers.admit(another, 0).verdict == Verdict.ADMITTED


def test_what_was_spent_is_counted_by_bot_and_game_and_profile(
    providers: Providers, settings: Settings, redis: Redis
) -> None:
    priced = {"price_in": 0.5, "price_out": 2.0, "tokens_per_bot": 1000}
    providers.answered(asking(**priced), Usage(900, 100))
    providers.answered(asking(bot_id="bot 1", **priced), Usage(10, 5))
    providers.spent(asking(bot_id="bot 1", **priced), Usage(10, 0))
    providers.admit(asking(**priced), 0)
    all_of_it = Spent(tokens_in=920, tokens_out=105, cost=0.00067, answers=2, refused=1)
    usages = Usages(redis, Keys(settings.key_prefix))
    assert usages.of_game("g1") == {
        "": all_of_it,
        "bot 1": Spent(tokens_in=20, tokens_out=5, cost=0.00002, answers=1),
        "bot-0": Spent(tokens_in=900, tokens_out=100, cost=0.00065, answers=1, refused=1),
    }
    assert usages.of_profile("saloon") == all_of_it
    assert usages.of_game("g2") == {"": Spent()}


def test_counters_do_not_stay_for_ever(providers: Providers, settings: Settings, redis: Redis) -> None:
    providers.answered(asking(requests_per_minute=1), Usage(1, 1))
    providers.admit(asking(game_id="g2", tokens_per_day=1), 0)
    providers.admit(asking(requests_per_minute=1), 0)
    keys = Keys(settings.key_prefix)
    day = datetime.now(UTC).date().isoformat()
    for key in (keys.usage("g1"), keys.usage("g2"), keys.spent("saloon", day), keys.bucket("p")):
        assert redis.ttl(key) > 0
