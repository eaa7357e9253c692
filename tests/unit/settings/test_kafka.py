"""How to log in to Kafka: what is incomplete, or would not be used, is refused by name."""

import pytest

from cowboy.bus.client import client_options
from cowboy.errors import BadSetting
from cowboy.settings import Settings, load_settings

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"SECURITY_PROTOCOL": "SASL_SSL"}, "needs COWBOY_KAFKA_USERNAME and COWBOY_KAFKA_PASSWORD"),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "USERNAME": "u"}, "needs COWBOY_KAFKA_USERNAME and COWBOY_KAFKA_PASSWORD"),
        ({"PASSWORD": "p"}, "COWBOY_KAFKA_SECURITY_PROTOCOL=PLAINTEXT logs nobody in"),
        ({"SECURITY_PROTOCOL": "SSL", "USERNAME": "u"}, "COWBOY_KAFKA_SECURITY_PROTOCOL=SSL logs nobody in"),
        ({"CA_FILE": __file__}, "COWBOY_KAFKA_SECURITY_PROTOCOL=PLAINTEXT does without TLS"),
        ({"SECURITY_PROTOCOL": "SSL", "CA_FILE": __file__}, f"COWBOY_KAFKA_CA_FILE: {__file__} holds no certificates"),
        ({"SECURITY_PROTOCOL": "SSL", "CERT_FILE": __file__}, f"COWBOY_KAFKA_CERT_FILE: {__file__} and its key"),
        ({"SECURITY_PROTOCOL": "SSL", "KEY_FILE": __file__}, "COWBOY_KAFKA_KEY_FILE is set without"),
        ({"SECURITY_PROTOCOL": "SSL", "KEY_PASSWORD": "p"}, "COWBOY_KAFKA_KEY_PASSWORD is set without"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], says: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"COWBOY_KAFKA_{name}", value)
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert says in str(caught.value)


def test_a_message_that_could_never_count_as_sent_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_TOPIC_REPLICATION_FACTOR", "2")
    monkeypatch.setenv("COWBOY_TOPIC_MIN_INSYNC_REPLICAS", "3")
    with pytest.raises(BadSetting, match="COWBOY_TOPIC_MIN_INSYNC_REPLICAS=3 can never be reached"):
        load_settings()


@pytest.mark.parametrize("servers", ["[::1]:9092", "[::1]:9092,h:1", "[fe80::1%eth0]:9092"])
def test_a_broker_may_have_an_ipv6_address(servers: str) -> None:
    assert Settings(kafka_bootstrap_servers=servers).kafka_servers == tuple(servers.split(","))


def test_kafka_pythons_clients_log_in_as_set() -> None:
    settings = Settings(kafka_security_protocol="SASL_SSL", kafka_username="u", kafka_password="p")
    options = client_options(settings)
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("u", "p")
    assert options["ssl_context"].check_hostname
    assert "sasl_mechanism" not in client_options(Settings(kafka_security_protocol="SSL"))
    assert client_options(Settings())["security_protocol"] == "PLAINTEXT"
