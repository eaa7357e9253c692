"""A secret is stripped of line breaks or refused, comes from the environment or a file, and is never shown."""

from pathlib import Path

import pytest

from cowboy.errors import BadSetting
from cowboy.local.environment import environment_of
from cowboy.settings import Settings, environment_name, file_variable, load_settings
from cowboy.settings.secret import secret_fields

pytestmark = pytest.mark.usefixtures("plain_environment")

SECRETS = [name for name, _ in secret_fields(Settings)]
NEEDED = {
    "kafka_password": {"COWBOY_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "COWBOY_KAFKA_USERNAME": "cowboy"},
    "redis_sentinel_password": {"COWBOY_REDIS_URL": "sentinel://h/name"},
}
"""Secret → what must be set beside it to be of use."""
USABLE = [name for name in SECRETS if not name.endswith("key_password")]
VALUE = "rediss://h:7000/3-is-a-secret-and-a-url-too"


def value_for(field: str) -> str:
    return "redis://h:7000/3" if field == "redis_url" else VALUE


def read(settings: Settings, field: str) -> str:
    value = getattr(settings, field)
    return value if isinstance(value, str) else value.get_secret_value()


@pytest.fixture
def named(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret's field; what it needs beside it is set."""
    for variable, value in NEEDED.get(request.param, {}).items():
        monkeypatch.setenv(variable, value)
    return str(request.param)


each_secret = pytest.mark.parametrize("named", USABLE, indirect=True)


def test_the_secrets_are_known() -> None:
    assert set(SECRETS) == {
        "manager_token",
        "redis_url",
        "redis_password",
        "redis_sentinel_password",
        "redis_key_password",
        "kafka_password",
        "kafka_key_password",
    }


@each_secret
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_secret_may_end_in_line_breaks(monkeypatch: pytest.MonkeyPatch, named: str, end: str) -> None:
    monkeypatch.setenv(environment_name(named), value_for(named) + end)
    assert read(load_settings(), named) == value_for(named)


@each_secret
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str, end: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "secret").write_text(value_for(named) + end, encoding="utf-8")
    monkeypatch.setenv(environment_name(named), "")
    monkeypatch.setenv(file_variable(environment_name(named)), "~/secret")
    assert read(load_settings(), named) == value_for(named)


@pytest.mark.parametrize("field", SECRETS)
def test_a_secret_given_twice_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, field: str) -> None:
    (tmp_path / "secret").write_text(value_for(field), encoding="utf-8")
    monkeypatch.setenv(environment_name(field), value_for(field))
    monkeypatch.setenv(file_variable(environment_name(field)), str(tmp_path / "secret"))
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert f"{environment_name(field)}: is set, and {environment_name(field)}_FILE as well" in str(caught.value)
    assert value_for(field) not in str(caught.value)


@pytest.mark.parametrize(
    ("named", "says"),
    [("~/token", "/home/someone/token, which cannot be read"), ("~nobody-of-that-name/token", "no such user's home")],
)
def test_the_file_that_was_tried_is_named_in_full(monkeypatch: pytest.MonkeyPatch, named: str, says: str) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("COWBOY_MANAGER_TOKEN_FILE", named)
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert f"COWBOY_MANAGER_TOKEN_FILE names {says}" in str(caught.value) or "~nobody" in named
    assert says in str(caught.value)
    assert str(Path.cwd()) not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"x" * 70_000, "is larger than 64 kB"),
        ("sécret-sécret-sécret".encode(), "not ASCII"),
        (b"secret in two words", "without spaces"),
        (b"secret-in-two\nlines-of-text", "line break"),
        (b"secret-secret\x1b[0msecret", "printable"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COWBOY_MANAGER_TOKEN_FILE", "token")
    with pytest.raises(BadSetting) as caught:
        load_settings()
    (line,) = str(caught.value).splitlines()
    assert line.startswith("COWBOY_MANAGER_TOKEN: ")
    assert says in line
    assert "secret-" not in line
    if "COWBOY_MANAGER_TOKEN_FILE" in line:
        assert str(tmp_path / "token") in line


def test_the_password_in_the_url_of_redis_is_kept_apart_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_REDIS_URL", "redis://user:pass%2Fw@h:7000/1\n")
    loaded = load_settings()
    assert loaded.redis_url == "redis://user@h:7000/1"
    assert read(loaded, "redis_password") == "pass/w"
    assert "pass/w" not in repr(loaded)


@pytest.mark.parametrize("url", ["redis://:a@h/0", "unix:///s?password=a"])
def test_a_password_in_the_url_and_beside_it_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("COWBOY_REDIS_URL", url)
    monkeypatch.setenv("COWBOY_REDIS_PASSWORD", "b")
    with pytest.raises(BadSetting, match="COWBOY_REDIS_URL and COWBOY_REDIS_PASSWORD both give"):
        load_settings()


@each_secret
def test_the_processes_of_a_stack_get_the_secret_and_not_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str
) -> None:
    (tmp_path / "secret").write_text(value_for(named), encoding="utf-8")
    monkeypatch.setenv(file_variable(environment_name(named)), str(tmp_path / "secret"))
    if named == "redis_password":
        monkeypatch.setenv("COWBOY_REDIS_URL", "redis://h:7000/3")
    settings = load_settings()

    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    assert load_settings() == settings
