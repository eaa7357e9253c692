"""A URL of Redis in any of its forms, or a refusal that names the setting."""

import ssl

import pytest

from cowboy.errors import BadSetting
from cowboy.settings import RedisAddress, Settings, load_settings

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://h", {"hosts": ("h:6379",), "database": 0}),
        ("redis://h/3", {"hosts": ("h:6379",), "database": 3}),
        ("redis://h:7000?db=3", {"hosts": ("h:7000",), "database": 3}),
        ("redis://", {"hosts": ("localhost:6379",)}),
        ("redis://user@h", {"username": "user"}),
        ("redis://h?username=user", {"username": "user"}),
        ("redis://[::1]:7000/1", {"hosts": ("[::1]:7000",), "database": 1}),
        ("redis://[::1]/1", {"hosts": ("[::1]:6379",)}),
        ("rediss://h:7000/1", {"uses_tls": True, "cert_reqs": ssl.CERT_REQUIRED, "check_hostname": True}),
        ("rediss://h?ssl_cert_reqs=none", {"cert_reqs": ssl.CERT_NONE}),
        ("rediss://h?ssl_cert_reqs=CERT_NONE", {"cert_reqs": ssl.CERT_NONE}),
        ("rediss://h?ssl_cert_reqs=CERT_OPTIONAL", {"cert_reqs": ssl.CERT_OPTIONAL}),
        ("rediss://h?ssl_check_hostname=False", {"check_hostname": False}),
        ("unix:///run/redis.sock?db=1", {"socket": "/run/redis.sock", "database": 1, "hosts": ()}),
        ("unix://user@/run/redis.sock", {"socket": "/run/redis.sock", "username": "user"}),
        ("sentinel://a,b:7000/main", {"hosts": ("a:26379", "b:7000"), "service": "main", "database": 0}),
        ("sentinel://[::1]:7000,[::2]/main/3", {"hosts": ("[::1]:7000", "[::2]:26379"), "database": 3}),
        ("sentinels://a/main?db=3", {"service": "main", "database": 3, "uses_tls": True}),
    ],
)
def test_every_usual_form_of_a_url_is_understood(url: str, said: dict[str, object]) -> None:
    address = RedisAddress.parse(url)
    assert {name: getattr(address, name) for name in said} == said
    assert Settings(redis_url=url).redis_url == url


@pytest.mark.parametrize(
    ("url", "variable", "says"),
    [
        ("redis://h?socket_timeout=3", "COWBOY_REDIS_URL", "has the parameter socket_timeout, which is not taken"),
        ("redis://h?ssl_cert_reqs=none", "COWBOY_REDIS_URL", "has ssl_cert_reqs, but redis:// does without TLS"),
        ("redis://a@h?username=b", "COWBOY_REDIS_URL", "has the user twice"),
        ("redis://:a@h?password=b", "COWBOY_REDIS_URL", "has the password twice"),
        (
            "rediss://h?ssl_cert_reqs=perhaps",
            "COWBOY_REDIS_URL",
            "ssl_cert_reqs must be one of required, cert_required",
        ),
        ("redis+socket:///run/s", "COWBOY_REDIS_URL", "unix:///run/redis.sock"),
        ("sentinel://h", "COWBOY_REDIS_URL", "sentinel://host:26379,host:26379/name/0"),
        ("rediss://h?ssl_ca_certs=/nowhere/ca.pem", "COWBOY_REDIS_CA_FILE", "/nowhere/ca.pem cannot be read"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, url: str, variable: str, says: str
) -> None:
    monkeypatch.setenv("COWBOY_REDIS_URL", url)
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{variable}: ")
    assert says in str(caught.value)


def test_a_file_for_tls_without_tls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_REDIS_CA_FILE", __file__)
    with pytest.raises(BadSetting, match=r"COWBOY_REDIS_URL is redis://…, which does without TLS"):
        load_settings()


def test_a_file_without_certificates_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_REDIS_URL", "rediss://h")
    monkeypatch.setenv("COWBOY_REDIS_CA_FILE", __file__)
    with pytest.raises(BadSetting, match=r"COWBOY_REDIS_CA_FILE: /.*test_redis.py holds no certificates"):
        load_settings()


def test_a_sentinels_password_without_sentinels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_REDIS_SENTINEL_PASSWORD", "x")
    with pytest.raises(BadSetting, match="COWBOY_REDIS_SENTINEL_PASSWORD is set, but"):
        load_settings()
