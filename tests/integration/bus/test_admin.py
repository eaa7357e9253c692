"""Making and deleting topics, on a real broker: everything can be repeated."""

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.settings import Settings
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


def test_a_topic_is_made_once_and_deleted_once_however_often_one_asks(settings: Settings) -> None:
    topic = f"{settings.input_topic_prefix}.g.v1"
    with TopicAdmin(settings) as admin:
        admin.delete([topic])
        for _ in range(2):
            admin.create([topic])
            # Of several nodes one may tell it a moment later than another.
            wait_for(lambda: topic in admin.list())
        for _ in range(2):
            admin.delete([topic])
            wait_for(lambda: topic not in admin.list())


def test_whether_a_topic_could_be_made_can_be_asked_again_whatever_the_settings_say_of_the_broker(
    settings: Settings,
) -> None:
    with TopicAdmin(settings.model_copy(update={"broker_kind": "kafka"})) as admin:
        for _ in range(2):
            admin.check([f"{settings.input_topic_prefix}.doctor.v1"])
