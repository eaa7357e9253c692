"""Answers by idempotency key: one request is carried out, its answer kept, and nobody answers for another."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.idempotency import KEPT, MARKED, Answer, Answers
from cowboy.state.keys import Keys
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

ANSWER = Answer(status=200, body='{"ok":true}')


@pytest.fixture
def answers(settings: Settings, redis: Redis) -> Answers:
    return Answers(redis, Keys(settings.key_prefix))


def test_of_requests_at_the_same_time_one_is_carried_out(answers: Answers) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda _: answers.begin("k", "request"), range(40)))
    assert [ours for _, ours in begun].count(True) == 1
    assert len({entry.owner for entry, _ in begun}) == 1


def test_an_answer_is_kept_for_a_day(answers: Answers, redis: Redis, settings: Settings) -> None:
    mark, _ = answers.begin("k", "request")
    assert answers.settle("k", mark, ANSWER)
    entry, ours = answers.begin("k", "another")
    assert (entry.request, entry.answer, ours) == ("request", ANSWER, False)
    assert 0 < redis.ttl(Keys(settings.key_prefix).answer("k")) <= KEPT.total_seconds()


def test_without_an_answer_the_request_may_be_carried_out_again(answers: Answers) -> None:
    mark, _ = answers.begin("k", "request")
    assert answers.settle("k", mark, None)
    assert answers.begin("k", "request")[1]


def test_a_mark_lasts_as_long_as_it_is_renewed(answers: Answers, redis: Redis, settings: Settings) -> None:
    key = Keys(settings.key_prefix).answer("k")
    mark, _ = answers.begin("k", "request")
    redis.pexpire(key, 5_000)  # half of its time is over
    assert answers.renew("k", mark)
    assert 5_000 < redis.pttl(key) <= MARKED.total_seconds() * 1_000
    redis.pexpire(key, 200)  # nobody renews it any more
    wait_for(lambda: answers.begin("k", "request")[1])


def test_an_answer_is_kept_as_long_as_before_when_its_mark_is_renewed_late(
    answers: Answers, redis: Redis, settings: Settings
) -> None:
    mark, _ = answers.begin("k", "request")
    answers.settle("k", mark, ANSWER)
    assert not answers.renew("k", mark)
    assert redis.ttl(Keys(settings.key_prefix).answer("k")) > MARKED.total_seconds()


@pytest.mark.parametrize("answer", [ANSWER, None])
def test_a_request_that_took_too_long_does_not_answer_for_the_next(
    answers: Answers, redis: Redis, settings: Settings, answer: Answer | None
) -> None:
    late, _ = answers.begin("k", "request")
    redis.delete(Keys(settings.key_prefix).answer("k"))  # as when its time is over
    mark, _ = answers.begin("k", "request")
    assert not answers.settle("k", late, answer)
    assert answers.begin("k", "request") == (mark, False)
