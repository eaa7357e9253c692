"""Onboarding: lessons are sent, sent again, and given up; one process teaches a bot at a time."""

import pytest

from cowboy.bots.services import Services
from cowboy.game.wire.lesson import Lesson
from cowboy.state.bindings import BindingStatus
from tests.integration.bots.ward import Ward
from tests.pupils import pupils
from tests.queues import messages
from tests.tables import IDS
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]


def test_of_two_that_teach_a_bot_one_does(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    before = ward.bot("g1", 0)
    taught = services.onboarding.teach(before)
    assert taught is not None
    assert (taught.status, taught.lesson, taught.taught_by) == (BindingStatus.TEACHING, 2, None)
    assert services.onboarding.teach(before) is None
    assert len(messages(ward.settings, ward.redis)) == 1


def test_a_lesson_without_an_answer_is_sent_again_and_then_given_up(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    services.onboarding.teach(ward.bot("g1", 0))

    def failed() -> bool:
        ward.beat("i1")
        services.onboarding.tend()
        return ward.bot("g1", 0).status == BindingStatus.FAILED

    wait_for(failed)
    assert (ward.bot("g1", 0).attempts, ward.bot("g1", 0).reason) == (3, "no acknowledgement from instance i1")
    assert len(messages(ward.settings, ward.redis)) == 3


def test_a_lesson_for_an_instance_that_is_dead_is_no_failure_of_the_bot(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    services.onboarding.teach(ward.bot("g1", 0))
    ward.die("i1")
    lessons = ward.keys.lessons
    before = ward.redis.zscore(lessons, f"g1 {IDS[0]}")

    def postponed() -> bool:
        services.onboarding.tend()
        return ward.redis.zscore(lessons, f"g1 {IDS[0]}") != before

    wait_for(postponed)
    assert (ward.bot("g1", 0).status, ward.bot("g1", 0).attempts) == (BindingStatus.TEACHING, 1)
    assert len(messages(ward.settings, ward.redis)) == 1


def test_what_a_caller_wrote_is_taught_again_until_our_own_guide_is_wanted(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    told = services.onboarding.prepare(ward.bot("g1", 0)).model_copy(
        update={"game_guide_version": "theirs", "rules_markdown": "Be kind."}
    )
    taught = services.onboarding.tell(ward.bot("g1", 0), told)
    assert taught is not None
    assert services.onboarding.prepare(taught) == told
    ours = services.onboarding.tell(taught, Lesson(game_guide_version="v2"))
    assert ours is not None
    prepared = services.onboarding.prepare(ours)
    assert prepared.game_guide_version == "v2"
    assert prepared.rules_markdown != "Be kind."


def test_a_wait_ends_when_the_bots_are_ready(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0, 1, status=BindingStatus.CREATED)
    services.onboarding.teach_game("g1")
    with pupils(ward.settings, "i1"):
        bots = services.onboarding.wait("g1", IDS[:2])
    assert {bot.status for bot in bots.values()} == {BindingStatus.READY}
