"""The settings of a stack on this machine, and the environment variables that hand them to its processes."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from cowboy.errors import BadSetting
from cowboy.local.ports import free_binds
from cowboy.settings import LOOPBACK_HOSTS, Bind, Settings, environment_name

_BINDS = ("arena_bind", "game_manager_bind", "bot_manager_bind", "flower_bind", "model_bind")
_ANY_HOST = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised here, not listened on


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
            "redis_url": urlsplit(settings.redis_url)._replace(netloc=str(redis)).geturl(),
            "kafka_bootstrap_servers": str(broker),
            "broker_kind": broker_kind,
            "game_manager_base_url": base_url(moved["game_manager_bind"]),
            "bot_manager_base_url": base_url(moved["bot_manager_bind"]),
        }
    )


def redis_bind(settings: Settings) -> Bind:
    """Where an embedded Redis has to listen to be the one of `settings`. Raises `BadSetting` if it cannot be."""
    url = urlsplit(settings.redis_url)
    if url.scheme != "redis" or url.hostname not in LOOPBACK_HOSTS or url.username or url.password:
        raise BadSetting(
            "COWBOY_REDIS_URL names a Redis that cannot be started here (another machine, TLS, a socket or a login); "
            "unset it, or give one like redis://127.0.0.1:6379/0"
        )
    return Bind(f"127.0.0.1:{url.port or 6379}")


def broker_bind(settings: Settings) -> Bind:
    """Where a broker of ours has to listen to be the one of `settings`. Raises `BadSetting` if it cannot be."""
    servers = settings.kafka_bootstrap_servers
    bind = Bind(servers)
    if "," in servers or not bind.is_loopback:
        raise BadSetting(
            f"KAFKA_BOOTSTRAP_SERVERS={servers} names brokers that cannot be started here; "
            "unset it, or give one on this machine like 127.0.0.1:9092"
        )
    return Bind(f"127.0.0.1:{bind.port}")


def base_url(bind: Bind) -> str:
    """Base URL at which a service of this machine is reached from this machine."""
    host = "127.0.0.1" if bind.host in _ANY_HOST else bind.host
    return f"http://[{host}]:{bind.port}" if ":" in host else f"http://{host}:{bind.port}"


def environment_of(settings: Settings) -> Mapping[str, str]:
    """The variables from which a process reads exactly these settings, whatever else its environment says."""
    return {environment_name(field): _text(getattr(settings, field)) for field in Settings.model_fields}


def _text(value: object) -> str:
    """A setting as written in the environment; an unset one is empty, which `Settings` takes as absent."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)
