"""Where Redis is and how to log in to it: one URL in any of its forms, and the secrets and files that go with it.

Our own clients and Celery's use the same settings; `cowboy.state.connection` and `cowboy.celery.broker` translate them.
"""

import re
import ssl
from typing import Annotated, Any, NamedTuple, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode

from pydantic import AfterValidator, Field, model_validator

from cowboy.settings.addresses import Bind, parse_bind
from cowboy.settings.base import Group
from cowboy.settings.files import ExistingFile
from cowboy.settings.secret import HOLDS_SECRET, Secret
from cowboy.settings.tls import Tls

REDIS_PORT = 6379
SENTINEL_PORT = 26379
FORMS = (
    "redis://host:6379/0, rediss://host:6379/0 (TLS), unix:///run/redis.sock?db=0, "
    "sentinel://host:26379,host:26379/name/0 or sentinels://… (TLS); port and database are numbers"
)

_URL = re.compile(
    r"(?P<scheme>redis|rediss|unix|sentinel|sentinels)://"
    r"(?:(?P<username>[^:/?#]*?)(?::(?P<password>[^/?#]*))?@)?(?P<hosts>[^@/?#\s]*)(?P<path>/[^?#\s]*)?"
    r"(?:\?(?P<query>[^#\s]*))?"
)
_MOVED = {
    "password": "redis_password",
    "ssl_password": "redis_key_password",
    "ssl_ca_certs": "redis_ca_file",
    "ssl_certfile": "redis_cert_file",
    "ssl_keyfile": "redis_key_file",
}
"""Parameter of a URL → the setting that it is another way to give."""
_KEPT = ("db", "username", "ssl_cert_reqs", "ssl_check_hostname")
_CERT_REQS = {
    spelling: mode
    for mode, name in ((ssl.CERT_REQUIRED, "required"), (ssl.CERT_OPTIONAL, "optional"), (ssl.CERT_NONE, "none"))
    for spelling in (name, f"cert_{name}")
}
"""As redis-py spells it, and as kombu does."""
_TRUTH = {**dict.fromkeys(("true", "1", "yes"), True), **dict.fromkeys(("false", "0", "no"), False)}


class RedisAddress(NamedTuple):
    """What a URL says, but for what is moved to settings of its own."""

    scheme: str
    hosts: tuple[Bind, ...]
    """The one Redis, or the Sentinels; empty for a socket."""
    socket: str
    """Path of the socket, or empty."""
    service: str
    """The name by which the Sentinels know the primary, or empty."""
    database: int
    username: str | None
    cert_reqs: ssl.VerifyMode
    check_hostname: bool

    @property
    def uses_tls(self) -> bool:
        return self.scheme in {"rediss", "sentinels"}

    @classmethod
    def parse(cls, url: str) -> "RedisAddress":
        """Raises `ValueError`, which quotes nothing of what may be a secret."""
        parts, query = _split(url)
        scheme, path = parts["scheme"], unquote(parts["path"] or "")
        names = [name for name in path.split("/") if name]
        service = names.pop(0) if scheme.startswith("sentinel") and names else ""
        in_path = () if scheme == "unix" else names
        database = _once("database", query.get("db"), *in_path) or "0"
        hosts = tuple(_bind(host, scheme) for host in parts["hosts"].split(",")) if scheme != "unix" else ()
        usable = database.isdecimal() and {
            "unix": not parts["hosts"] and path.startswith("/") and len(path) > 1,
            "sentinel": bool(service),
            "sentinels": bool(service),
        }.get(scheme, len(hosts) == 1)
        if not usable:
            raise ValueError(f"must be like {FORMS}")
        tls = [name for name in query if name.startswith("ssl_")]
        if tls and scheme not in {"rediss", "sentinels"}:
            raise ValueError(f"has {tls[0]}, but {scheme}:// does without TLS; use rediss:// or sentinels://")
        return cls(
            scheme=scheme,
            hosts=hosts,
            socket=path if scheme == "unix" else "",
            service=service,
            database=int(database),
            username=_once("user", unquote(parts["username"] or "") or None, query.get("username")),
            cert_reqs=_chosen(_CERT_REQS, "ssl_cert_reqs", query, ssl.CERT_REQUIRED),
            check_hostname=_chosen(_TRUTH, "ssl_check_hostname", query, default=True),
        )


def _split(url: str) -> tuple[dict[str, str], dict[str, str]]:
    match = _URL.fullmatch(url)
    if not match:
        raise ValueError(f"must be like {FORMS}")
    parts = {name: value or "" for name, value in match.groupdict().items()}
    try:
        pairs = parse_qsl(parts["query"], strict_parsing=bool(parts["query"]))
    except ValueError:
        raise ValueError("has parameters that cannot be read; write ?name=value&name=value") from None
    known = (*_KEPT, *_MOVED)
    if len(dict(pairs)) < len(pairs):
        raise ValueError("has a parameter twice; keep one")
    if unknown := [name for name, _ in pairs if name not in known]:
        shown = unknown[0] if re.fullmatch("[a-z_]{1,40}", unknown[0]) else "…"
        raise ValueError(f"has the parameter {shown}, which is not taken; there are: {', '.join(known)}")
    query = dict(pairs)
    _once("password", parts["password"] or None, query.get("password"))
    return parts, query


def _bind(host: str, scheme: str) -> Bind:
    port = SENTINEL_PORT if scheme.startswith("sentinel") else REDIS_PORT
    name = unquote(host) or "localhost"
    try:
        return parse_bind(name if re.search(r":\d*$", name.rpartition("]")[2]) else f"{name}:{port}")
    except ValueError:
        raise ValueError(f"must be like {FORMS}") from None


def _once(what: str, *values: str | None) -> str | None:
    given = [value for value in values if value is not None]
    if len(given) > 1:
        raise ValueError(f"has the {what} twice; keep one")
    return given[0] if given else None


def _chosen(choices: dict[str, Any], name: str, query: dict[str, str], default: Any) -> Any:
    if name not in query:
        return default
    try:
        return choices[query[name].lower()]
    except KeyError:
        raise ValueError(f"{name} must be one of {', '.join(choices)}") from None


def without_secrets(url: str) -> tuple[str, dict[str, str]]:
    """The URL without what has a setting of its own, and that by the setting's name. Raises `ValueError`."""
    parts, query = _split(url)
    moved = {_MOVED[name]: query.pop(name) for name in tuple(query) if name in _MOVED}
    if parts["password"]:
        moved["redis_password"] = unquote(parts["password"])
    if not moved:
        return url, {}
    user = f"{quote(unquote(parts['username']), safe='')}@" if parts["username"] else ""
    rest = f"?{urlencode(query)}" if query else ""
    return f"{parts['scheme']}://{user}{parts['hosts']}{parts['path']}{rest}", moved


def _check_url(value: str) -> str:
    RedisAddress.parse(value)
    return value


RedisUrl = Annotated[str, AfterValidator(_check_url)]


class RedisSettings(Group):
    """The part of `Settings` that is about Redis."""

    # -- redis --------------------------------------------------------------------------------------------------------
    redis_url: RedisUrl = Field(
        "redis://127.0.0.1:6379/0",
        validation_alias="COWBOY_REDIS_URL",
        description="Redis: Celery's broker and all state. Give it a database of its own, without eviction. Also "
        "`rediss://host:6379/0` (TLS), `unix:///run/redis.sock?db=0`, `sentinel://host:26379,host:26379/name/0`, and "
        "`sentinels://…` where Sentinels and Redis speak TLS. A user stands before `@`. TLS parameters may follow as "
        "redis-py or kombu spells them, such as `?ssl_cert_reqs=required`.",
        json_schema_extra=HOLDS_SECRET,
    )
    redis_password: Secret | None = Field(
        None,
        validation_alias="COWBOY_REDIS_PASSWORD",
        description="The password for Redis, unless it stands in the URL.",
    )
    redis_sentinel_password: Secret | None = Field(
        None,
        validation_alias="COWBOY_REDIS_SENTINEL_PASSWORD",
        description="The password for the Sentinels, if they ask for one.",
    )
    redis_ca_file: ExistingFile | None = Field(
        None,
        validation_alias="COWBOY_REDIS_CA_FILE",
        description="PEM file of the authorities that may have signed Redis's certificate. Default: the system's.",
    )
    redis_cert_file: ExistingFile | None = Field(
        None,
        validation_alias="COWBOY_REDIS_CERT_FILE",
        description="PEM file of our own certificate, for a Redis that asks for one.",
    )
    redis_key_file: ExistingFile | None = Field(
        None,
        validation_alias="COWBOY_REDIS_KEY_FILE",
        description="PEM file of its key. Default: in the certificate's file.",
    )
    redis_key_password: Secret | None = Field(
        None, validation_alias="COWBOY_REDIS_KEY_PASSWORD", description="Opens the key, if it is encrypted."
    )
    key_prefix: str = Field(
        "cowboy:",
        validation_alias="COWBOY_KEY_PREFIX",
        description="In front of every Redis key of ours and of Celery's, so installations can share a server.",
        max_length=64,
    )

    @model_validator(mode="before")
    @classmethod
    def _take_secrets_out_of_the_url(cls, data: dict[str, Any]) -> dict[str, Any]:
        """From here on the URL can be shown to anybody."""
        key = _key("redis_url", data)
        url = data.get(key)
        if not isinstance(url, str):
            return data
        try:
            url, moved = without_secrets(url.rstrip("\r\n"))
        except ValueError:
            return data  # the field itself reports it
        for field, value in moved.items():
            other = _key(field, data)
            if data.get(other):
                variable = cls.model_fields[field].validation_alias
                raise ValueError(f"COWBOY_REDIS_URL and {variable} both give the same thing; keep one")
            data = data | {other: value}
        return data | {key: url}

    @model_validator(mode="after")
    def _check_redis_security(self) -> Self:
        address = self.redis_address
        if address.uses_tls:
            self.redis_tls.context()
        elif not self.redis_tls.is_plain:
            raise ValueError(
                f"COWBOY_REDIS_URL is {address.scheme}://…, which does without TLS, but a COWBOY_REDIS_… file or key "
                "password is set; use rediss:// or sentinels://, or unset these"
            )
        if self.redis_sentinel_password and not address.service:
            raise ValueError("COWBOY_REDIS_SENTINEL_PASSWORD is set, but COWBOY_REDIS_URL names no Sentinel; unset it")
        return self

    @property
    def redis_address(self) -> RedisAddress:
        """What `redis_url` says."""
        return RedisAddress.parse(self.redis_url)

    @property
    def redis_tls(self) -> Tls:
        address = self.redis_address
        return Tls(
            "COWBOY_REDIS",
            self.redis_ca_file,
            self.redis_cert_file,
            self.redis_key_file,
            self.redis_key_password,
            address.cert_reqs,
            address.check_hostname,
        )


def _key(field: str, data: dict[str, Any]) -> str:
    """Under which name a setting stands in what is being validated: code names the field, the environment itself."""
    return field if field in data else str(RedisSettings.model_fields[field].validation_alias)
