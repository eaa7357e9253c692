"""Settings: read from their own variables only, and a value that cannot be used is refused by name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from cowboy.errors import BadSetting
from cowboy.settings import Bind, Settings, environment_name, load_settings

pytestmark = pytest.mark.usefixtures("plain_environment")

FIELDS = sorted(Settings.model_fields)
TOKEN = "0123456789abcdef"

BAD = {
    "COWBOY_REDIS_URL": [
        "127.0.0.1:6379",
        "http://h/0",
        "redis://h:x/0",
        "redis://h:0/0",
        "redis://h:99999",
        "redis://h/x",
        "redis://::1:6379/0",
        "redis://h/0?db=1",
        "redis://h?socket_timeout=3",
        "redis://h?db=1&db=2",
        "redis://h?ssl_cert_reqs=none",
        "redis://a,b/0",
        "rediss://h?ssl_cert_reqs=perhaps",
        "redis+socket:///run/redis.sock",
        "unix://run/redis.sock",
        "unix:///",
        "sentinel://h:26379",
        "sentinel://h:26379/name/x",
        "sentinel://h:26379;sentinel://g:26379/name",
    ],
    "COWBOY_REDIS_PASSWORD": ["a b", "a\nb", "pässword", "\t", "\x1b[0m"],
    "COWBOY_REDIS_SENTINEL_PASSWORD": ["a b"],
    "COWBOY_REDIS_CA_FILE": ["/nowhere/ca.pem"],
    "COWBOY_REDIS_CERT_FILE": ["/nowhere/cert.pem"],
    "COWBOY_REDIS_KEY_FILE": ["/nowhere/key.pem"],
    "COWBOY_REDIS_KEY_PASSWORD": ["a b"],
    "COWBOY_KEY_PREFIX": ["x" * 65],
    "COWBOY_KAFKA_SECURITY_PROTOCOL": ["TLS", "ssl"],
    "COWBOY_KAFKA_SASL_MECHANISM": ["GSSAPI", "scram-sha-256"],
    "COWBOY_KAFKA_USERNAME": ["a b", "ü"],
    "COWBOY_KAFKA_PASSWORD": ["a b", "a\nb", "pässword"],
    "COWBOY_KAFKA_CA_FILE": ["/nowhere/ca.pem", "/"],
    "COWBOY_KAFKA_CERT_FILE": ["/nowhere/cert.pem"],
    "COWBOY_KAFKA_KEY_FILE": ["/nowhere/key.pem"],
    "COWBOY_KAFKA_KEY_PASSWORD": ["a b"],
    "COWBOY_TOPIC_REPLICATION_FACTOR": ["0", "x"],
    "COWBOY_TOPIC_MIN_INSYNC_REPLICAS": ["0", "x"],
    "COWBOY_TEACH_TIMEOUT_SECONDS": ["0", "601", "soon"],
    "COWBOY_TEACH_ATTEMPTS": ["0", "11", "x"],
    "COWBOY_ASSIGNMENT_WAIT_SECONDS": ["-1", "111", "x"],
    "COWBOY_FALLBACK": ["llm", "Safe"],
    "COWBOY_LATE_TURNS": ["never", "SAFE"],
    "COWBOY_LISTENERS": ["Shots", "a.b", "a:B,"],
    "COWBOY_ADOPT_GAMES": ["perhaps"],
    "KAFKA_BOOTSTRAP_SERVERS": [
        "nowhere",
        "h:",
        ":9092",
        "h:x",
        "h:0",
        "h:65536",
        "h:9092,",
        "h: 9092",
        "a:1,,b:2",
        "::1:9092",
    ],
    "COWBOY_BROKER": ["rabbitmq", "Kafka"],
    "COWBOY_FETCH_WAIT_MS": ["1", "5001", "x", "2.5", "-5"],
    "GAME_INPUT_TOPIC_PREFIX": ["a b", "ü", "x" * 101, "a/b"],
    "GAME_OUTPUT_TOPIC_PREFIX": ["a b", "a\n"],
    "COWBOY_TALK_TOPIC_PREFIX": ["a b", "a/b"],
    "COWBOY_TALK": ["on", "TABLE"],
    "COWBOY_TALK_RULE": ["loudest"],
    "COWBOY_TALK_REMARKS_PER_MINUTE": ["-1", "601"],
    "COWBOY_TALK_PERSON_REMARKS_PER_MINUTE": ["0", "6001"],
    "COWBOY_TALK_SECONDS": ["0", "601", "nan"],
    "COWBOY_TALK_TURN_SECONDS": ["0", "3601", "nan"],
    "COWBOY_ARENA_BIND": ["8000", "localhost", "localhost:", ":8000", "h:0", "h:65536", "h:-1", "h:²"],
    "GAME_MANAGER_BIND": ["nowhere"],
    "BOT_MANAGER_BIND": ["nowhere"],
    "COWBOY_FLOWER_BIND": ["nowhere"],
    "COWBOY_MODEL_BIND": ["nowhere"],
    "GAME_MANAGER_BASE_URL": ["127.0.0.1:8081", "ftp://h", "http://", "http://::1:8081", "http://u:p@h", "http://h/ "],
    "BOT_MANAGER_BASE_URL": ["h"],
    "COWBOY_MANAGER_TOKEN": ["short", "with a blank in it", "with\na\nline\nbreak", "wíth-án-áccent-in-it"],
    "COWBOY_HTTP_TIMEOUT_SECONDS": ["0", "-1", "121", "x", "nan", "inf"],
    "BOTS_PER_INSTANCE_CAPACITY": ["0", "-1", "two", "1.5"],
    "BOT_GAME_GUIDE_VERSION": ["a b", "x" * 65],
    "COWBOY_BRAIN": ["Search", "-x", "a b"],
    "COWBOY_SEARCH_BUDGET_MS": ["0", "60001"],
    "COWBOY_SEARCH_BUDGET_NODES": ["0", "x"],
    "COWBOY_PUBLISH_MARGIN_MS": ["-1", "30001"],
    "COWBOY_CLAIM_LEASE_SECONDS": ["0", "601", "nan"],
    "COWBOY_TURN_PATIENCE_SECONDS": ["0", "601", "nan"],
    "COWBOY_CONFIRM_SECONDS": ["0", "601", "nan"],
    "COWBOY_RECENT_EVENTS": ["-1", "201"],
    "COWBOY_MAX_TURN_SECONDS": ["0"],
    "COWBOY_HISTORY_TTL_SECONDS": ["59"],
    "COWBOY_WORKER_THREADS": ["0", "2001"],
    "COWBOY_HEARTBEAT_SECONDS": ["0", "61"],
    "COWBOY_BRIDGE_LEASE_SECONDS": ["0.9", "61"],
    "COWBOY_CHARACTERS": ["on", "Shared"],
    "COWBOY_CHARACTER_LEASE_SECONDS": ["0.1", "601", "nan"],
    "COWBOY_CHARACTER_LIMIT": ["0", "x"],
    "COWBOY_CHARACTER_ON_LIMIT": ["warn"],
    "COWBOY_LIVES_PER_CHARACTER": ["0", "101"],
    "COWBOY_CHARACTER_NAMES": ["long"],
    "COWBOY_CHARACTER_NUMBER_FIRST": ["perhaps"],
    "COWBOY_HORSE_NAMES": ["on"],
    "COWBOY_NAME_SEED": ["x"],
    "COWBOY_LLM_ALLOWED_HOSTS": ["https://h", "h:8000", "a b", "a,,b", "a, b", "h/v1", "[::1]", "ü"],
    "COWBOY_MAX_TURNS": ["0", "2147483648", "x"],
    "COWBOY_TOPIC_GRACE_SECONDS": ["-1", "3601"],
    "COWBOY_MAX_MESSAGE_BYTES": ["9999", "1e6 bytes"],
    "COWBOY_LOG_LEVEL": ["loud", "INFO"],
    "COWBOY_LOG_FORMAT": ["xml"],
    "COWBOY_TASK_EVENTS": ["perhaps", "2"],
}
ANYTHING_GOES = {
    "COWBOY_HOME",
    "COWBOY_HEALTH_FILE",
    "DEFAULT_MAP_CONFIG_PATH",
    "BOT_MANAGER_LLM_CONFIG_PATH",
    "BOT_AGENT_PROMPTS_CONFIG_PATH",
    "BOT_AGENT_LANGSMITH_CONFIG_PATH",
}


def test_without_any_variable_all_settings_have_values() -> None:
    assert load_settings() == Settings()


def test_there_is_a_bad_value_here_for_every_setting_that_can_have_one() -> None:
    assert BAD.keys() | ANYTHING_GOES == {environment_name(field) for field in FIELDS}


@pytest.mark.parametrize(("variable", "value"), [(variable, value) for variable in BAD for value in BAD[variable]])
def test_a_bad_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting) as caught:
        load_settings()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{variable}: ")


def test_all_bad_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, values in BAD.items():
        monkeypatch.setenv(variable, values[0])
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert {line.partition(":")[0] for line in str(caught.value).splitlines()} == BAD.keys()


@pytest.mark.parametrize("field", FIELDS)
def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    monkeypatch.setenv(environment_name(field), "")
    assert load_settings() == Settings()


@pytest.mark.parametrize("field", [field for field in FIELDS if environment_name(field) != field.upper()])
def test_a_variable_of_a_fields_plain_name_is_not_read(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    before = Settings()
    monkeypatch.setenv(field, "somebody else's")
    monkeypatch.setenv(field.upper(), "somebody else's")
    assert load_settings() == before


def test_each_setting_has_a_variable_of_its_own_and_says_what_it_is() -> None:
    assert len({environment_name(field) for field in FIELDS}) == len(FIELDS)
    assert all(Settings.model_fields[field].description for field in FIELDS)


def test_games_must_be_remembered_longer_than_their_topics_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_TOPIC_GRACE_SECONDS", "60")
    monkeypatch.setenv("COWBOY_HISTORY_TTL_SECONDS", "179")
    with pytest.raises(BadSetting, match=r"COWBOY_HISTORY_TTL_SECONDS=179 .* COWBOY_TOPIC_GRACE_SECONDS=60:"):
        load_settings()
    monkeypatch.setenv("COWBOY_HISTORY_TTL_SECONDS", "180")
    assert load_settings().history_ttl_seconds == 180


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().home = Path("elsewhere")


def test_a_secret_is_hidden_wherever_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_MANAGER_TOKEN", TOKEN)
    loaded = load_settings()
    assert loaded.manager_token is not None
    assert loaded.manager_token.get_secret_value() == TOKEN
    for shown in (repr(loaded), str(loaded), str(loaded.model_dump()), loaded.model_dump_json()):
        assert TOKEN not in shown


def test_a_secret_that_is_refused_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_MANAGER_TOKEN", "sosecret")
    monkeypatch.setenv("COWBOY_REDIS_URL", "redis://user:pass/word@h:1/0")
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert "sosecret" not in str(caught.value)
    assert "pass" not in str(caught.value)


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("COWBOY_HOME", "~/games")
    monkeypatch.setenv("DEFAULT_MAP_CONFIG_PATH", "~/map.yaml")
    loaded = load_settings()
    assert (loaded.home, loaded.default_map_path) == (Path("/home/someone/games"), Path("/home/someone/map.yaml"))


def test_every_path_is_one_that_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [field for field in FIELDS if "Path" in str(Settings.model_fields[field].annotation)]
    assert len(paths) >= 5
    for field in paths:
        monkeypatch.setenv(environment_name(field), "~nobody-of-that-name/x")
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert {line.partition(":")[0] for line in str(caught.value).splitlines()} == set(map(environment_name, paths))


@pytest.mark.parametrize("path", ["$HOME/games", "${HOME}/games"])
def test_a_variable_in_a_path_is_refused(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """It would make a folder of that name."""
    monkeypatch.setenv("COWBOY_HOME", path)
    with pytest.raises(BadSetting, match=r"COWBOY_HOME: .*write the path out"):
        load_settings()


@pytest.mark.parametrize("bind", ["0.0.0.0:8090", "192.168.1.7:8090", "[::]:8090", "example.org:8090"])
def test_a_manager_that_others_can_reach_needs_a_token(monkeypatch: pytest.MonkeyPatch, bind: str) -> None:
    monkeypatch.setenv("BOT_MANAGER_BIND", bind)
    with pytest.raises(BadSetting, match=r"BOT_MANAGER_BIND=.* set COWBOY_MANAGER_TOKEN"):
        load_settings()
    monkeypatch.setenv("COWBOY_MANAGER_TOKEN", TOKEN)
    assert load_settings().bot_manager_bind == bind


@pytest.mark.parametrize("bind", ["127.0.0.1:1", "localhost:65535", "[::1]:8090"])
def test_a_manager_on_this_machine_needs_none(monkeypatch: pytest.MonkeyPatch, bind: str) -> None:
    monkeypatch.setenv("BOT_MANAGER_BIND", bind)
    assert load_settings().bot_manager_bind.is_loopback


def test_a_bind_knows_its_host_and_its_port() -> None:
    assert (Bind("[::1]:8090").host, Bind("[::1]:8090").port) == ("::1", 8090)


def test_a_base_url_may_end_in_a_slash() -> None:
    assert Settings(game_manager_base_url="http://h:1/").game_manager_base_url == "http://h:1"


def test_hosts_that_may_be_asked_are_listed_with_commas_in_any_case() -> None:
    assert Settings(llm_allowed_hosts="Models.example,::1").llm_hosts == {"models.example", "::1"}


def test_a_process_that_is_silent_for_three_beats_is_dead() -> None:
    assert Settings(heartbeat_seconds=2).dead_after_seconds == 6


@pytest.mark.parametrize(
    ("kind", "wait_ms", "topics", "effective"),
    [
        ("kafka", None, 500, 50),
        ("tansu", None, 0, 5),
        ("tansu", None, 25, 5),
        ("tansu", None, 50, 10),
        ("tansu", None, 10_000, 100),
        ("tansu", 50, 500, 50),
        ("kafka", 2, 500, 2),
    ],
)
def test_the_fetch_wait_fits_broker_and_topics_where_none_is_set(
    kind: str, wait_ms: int | None, topics: int, effective: int
) -> None:
    assert Settings(broker_kind=kind, fetch_wait_ms=wait_ms).effective_fetch_wait_ms(topics) == effective
