"""The settings of a stack on this machine, and the environment variables that hand them to its processes."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from cowboy.errors import BadSetting
from cowboy.local.ports import free_binds
from cowboy.settings import Bind, Settings, environment_name, environment_names

_BINDS = ("arena_bind", "game_manager_bind", "bot_manager_bind", "flower_bind", "model_bind")
_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised here, not listened on
"""Every address → one at which it is reached from this machine."""


def local_settings(
    settings: Settings, *, free_ports: bool = False, broker_kind: Literal["kafka", "tansu"] = "tansu"
) -> Settings:
    """`settings` with everything on this machine: servers of ours, and base URLs that follow the binds.

    `broker_kind` is the broker to be started: the embedded one, or Apache Kafka. Ports are those set, or free ones for
    a stack of a moment. Raises `BadSetting` when Redis or the broker is set to be anywhere but on this machine: what
    was asked for is not replaced in silence.
    """
    if free_ports:
        redis, broker, *binds = free_binds(2 + len(_BINDS))
    else:
        redis, broker = redis_bind(settings), broker_bind(settings)
        binds = [getattr(settings, name) for name in _BINDS]
    moved = dict(zip(_BINDS, binds, strict=True))
    return settings.model_copy(
        update={
            **moved,
            "home": settings.home.absolute(),
            "health_file": None,  # each process would need one of its own
            "redis_url": urlsplit(settings.redis_url)._replace(netloc=str(redis)).geturl(),
            "kafka_bootstrap_servers": str(broker),
            "broker_kind": broker_kind,
            "game_manager_base_url": base_url(moved["game_manager_bind"]),
            "bot_manager_base_url": base_url(moved["bot_manager_bind"]),
        }
    )


def redis_bind(settings: Settings) -> Bind:
    """Where an embedded Redis has to listen to be the one of `settings`. Raises `BadSetting` if it cannot be."""
    address = settings.redis_address
    if address.scheme != "redis" or not address.hosts[0].is_loopback or address.username or settings.redis_password:
        raise BadSetting(
            "COWBOY_REDIS_URL names a Redis that cannot be started here (another machine, TLS, a socket, Sentinels or "
            "a login); unset it, or give one like redis://127.0.0.1:6379/0"
        )
    return _on_loopback(address.hosts[0])


def broker_bind(settings: Settings) -> Bind:
    """Where a broker of ours has to listen to be the one of `settings`. Raises `BadSetting` if it cannot be."""
    servers = settings.kafka_bootstrap_servers
    if len(settings.kafka_servers) != 1 or not settings.kafka_servers[0].is_loopback:
        raise BadSetting(
            f"KAFKA_BOOTSTRAP_SERVERS={servers} names brokers that cannot be started here; "
            "unset it, or give one on this machine like 127.0.0.1:9092"
        )
    if settings.kafka_security_protocol != "PLAINTEXT":
        raise BadSetting(
            f"COWBOY_KAFKA_SECURITY_PROTOCOL={settings.kafka_security_protocol}: the broker that is started here knows "
            "neither TLS nor a login; unset it"
        )
    bind = _on_loopback(settings.kafka_servers[0])
    if ":" in bind.host:
        # Tansu tells clients an IPv6 address with its brackets, which none of them can resolve.
        raise BadSetting(
            f"KAFKA_BOOTSTRAP_SERVERS={servers}: the broker that is started here can only be reached by IPv4; "
            "unset it, or give one like 127.0.0.1:9092"
        )
    return bind


def _on_loopback(bind: Bind) -> Bind:
    """`localhost` is the address that every server listens on; an address is left as it is."""
    return Bind.of("127.0.0.1" if bind.host == "localhost" else bind.host, bind.port)


def base_url(bind: Bind) -> str:
    """Base URL at which a service of this machine is reached from this machine."""
    return f"http://{Bind.of(_REACHED_AT.get(bind.host, bind.host), bind.port)}"


def environment_of(settings: Settings) -> Mapping[str, str]:
    """The variables from which a process reads exactly these settings, whatever else its environment says."""
    values = {environment_name(field): _text(getattr(settings, field)) for field in Settings.model_fields}
    # A secret's file is not handed down: the secret itself is, and both would be refused.
    return dict.fromkeys(environment_names(), "") | values


def _text(value: object) -> str:
    """A setting as written in the environment; an unset one is empty, which `Settings` takes as absent."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)
