"""A Kafka that wants TLS and a login: our clients and the probe get in, and a refusal is told in a line that helps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.probe import check_brokers
from cowboy.bus.producer import Producer
from cowboy.errors import BusError
from cowboy.local.doctor import Health, examine
from cowboy.settings import Settings, environment_name
from tests.brokers import GUEST
from tests.certificates import make_certificates
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

SECONDS = 20.0
WRONG = "not-the-password"

guarded = pytest.mark.broker("kafka-sasl")
each_refusal = pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kafka_password": WRONG}, "it refuses the login"),
        ({"kafka_password": WRONG, "kafka_sasl_mechanism": "PLAIN"}, "it refuses the login"),
        ({"kafka_username": "nobody"}, "it refuses the login"),
        ({"kafka_sasl_mechanism": "SCRAM-SHA-256"}, "COWBOY_KAFKA_SASL_MECHANISM"),
        ({"kafka_ca_file": None}, "its certificate is not accepted"),
        ({"kafka_ca_file": "another"}, "its certificate is not accepted"),
        (
            {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_ca_file": None},
            "another COWBOY_KAFKA_SECURITY_PROTOCOL",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)


def changed(broker_settings: Mapping[str, Any], changes: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    if changes.get("kafka_ca_file") == "another":
        changes = changes | {"kafka_ca_file": make_certificates(folder).ca}  # type: ignore[operator]
    return {**broker_settings, **changes}


@guarded
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_who_logs_in_rightly_is_let_in(settings: Settings, mechanism: str) -> None:
    own = settings.model_copy(update={"kafka_sasl_mechanism": mechanism})
    check_brokers(own, SECONDS)
    with TopicAdmin(own) as admin:
        admin.list()


@guarded
@each_refusal
def test_the_probe_says_why_it_is_not_let_in(
    broker_settings: Mapping[str, Any], tmp_path: Path, changes: Mapping[str, Any], says: str
) -> None:
    with pytest.raises(BusError, match=says) as caught:
        check_brokers(Settings(**changed(broker_settings, changes, tmp_path)), SECONDS)
    assert WRONG not in str(caught.value)
    assert str(caught.value).startswith(broker_settings["kafka_bootstrap_servers"])


@guarded
def test_a_client_that_is_not_let_in_says_why_it_could_not_connect(broker_settings: Mapping[str, Any]) -> None:
    with pytest.raises(BusError, match="it refuses the login"):
        TopicAdmin(Settings(**changed(broker_settings, {"kafka_password": WRONG}, Path())))


@guarded
@each_refusal
def test_the_doctor_says_it_in_a_line(
    settings: Settings,
    broker_settings: Mapping[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    changes: Mapping[str, Any],
    says: str,
) -> None:
    set_all(monkeypatch, changed(broker_settings, changes, tmp_path) | {"redis_url": settings.redis_url})
    (finding,) = [finding for finding in examine() if finding.subject == "broker"]
    assert finding.health == Health.BAD
    assert says in finding.saw
    assert "\n" not in finding.saw + (finding.remedy or "")
    assert WRONG not in finding.saw


@pytest.mark.broker("kafka", "kafka-sasl")
def test_the_doctor_says_when_topics_cannot_be_made(
    settings: Settings, broker_settings: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"topic_replication_factor": 3, "redis_url": settings.redis_url}
    set_all(monkeypatch, {**broker_settings, **changes})
    saw = [finding.saw for finding in examine() if (finding.subject, finding.health) == ("broker", Health.BAD)]
    assert len(saw) == 1
    assert "fewer brokers than COWBOY_TOPIC_REPLICATION_FACTOR" in saw[0]


@pytest.fixture
def guest(settings: Settings) -> Settings:
    return settings.model_copy(update={"kafka_username": GUEST, "kafka_sasl_mechanism": "PLAIN"})


@guarded
def test_who_may_not_make_a_topic_is_told_so(guest: Settings) -> None:
    with TopicAdmin(guest) as admin, pytest.raises(BusError, match="creating topics t1: the broker does not allow it"):
        admin.create(["t1"])


@guarded
def test_a_producer_that_may_not_write_says_so_at_once_and_knows_it(settings: Settings, guest: Settings) -> None:
    topic = f"{settings.input_topic_prefix}.g1.v1"
    with TopicAdmin(settings) as admin, Producer(guest) as producer:
        admin.create([topic])
        with pytest.raises(BusError, match="the broker does not allow it to the user that logged in"):
            producer.send(topic, "k", b"v").wait()
        assert producer.trouble is not None
        assert producer.trouble.reason == "the broker does not allow writing"


@guarded
def test_a_consumer_that_may_not_read_says_so(settings: Settings, guest: Settings) -> None:
    topic = f"{settings.output_topic_prefix}.g1.v1"
    with TopicAdmin(settings) as admin, Consumer(guest) as consumer:
        admin.create([topic])
        consumer.assign({topic: None})
        wait_for(lambda: consumer.poll(100) or consumer.hearing.trouble)
        assert consumer.hearing.trouble is not None
        assert consumer.hearing.trouble.reason == "the broker does not allow reading"


@guarded
def test_the_doctor_names_a_missing_right(
    settings: Settings, broker_settings: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    login = {"kafka_username": GUEST, "kafka_sasl_mechanism": "PLAIN"}
    set_all(monkeypatch, {**broker_settings, **login, "redis_url": settings.redis_url})
    saw = [finding.saw for finding in examine() if (finding.subject, finding.health) == ("broker", Health.BAD)]
    assert len(saw) == 1
    assert "the broker does not allow it to the user that logged in; give that user the right" in saw[0]


def set_all(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        monkeypatch.setenv(environment_name(field), "" if text is None else str(text))
