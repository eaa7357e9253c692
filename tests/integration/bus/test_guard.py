"""A Kafka that wants TLS and a login: our clients and the probe get in, and a refusal is told in a line that helps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.probe import check_brokers
from cowboy.errors import BusError
from cowboy.local.doctor import Health, examine
from cowboy.settings import Settings, environment_name
from tests.certificates import make_certificates

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


def set_all(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        monkeypatch.setenv(environment_name(field), "" if text is None else str(text))
