"""Makes connections to Redis from the settings: for Cowboy's own clients, and in parts for Celery's.

The URL has a form for each way to reach Redis: TCP, TLS, a socket, or Sentinels that name the primary. This module
turns it into redis-py's options.
"""

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.connection import UnixDomainSocketConnection
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool, SentinelManagedConnection, SentinelManagedSSLConnection

from cowboy.process.keepalive import keepalive_options
from cowboy.settings import Settings


def connection_pool(settings: Settings, **options: Any) -> redis.BlockingConnectionPool:
    """A pool of connections to the Redis of the settings, or to the primary that the Sentinels name at connection time.

    `options` are for the pool and for each connection; time limits among them hold for the Sentinels as well.
    """
    address = settings.redis_address
    options = options | login_options(settings) | {"db": address.database}
    if address.socket:
        kind: type[redis.Connection] | type[UnixDomainSocketConnection] = UnixDomainSocketConnection
        options |= {"path": address.socket}
        options.pop("socket_connect_timeout", None)
        return redis.BlockingConnectionPool(connection_class=kind, **options)  # type: ignore[no-untyped-call]
    options |= tcp_options() | tls_options(settings)
    if address.service:
        limits = {name: options[name] for name in ("socket_timeout", "socket_connect_timeout") if name in options}
        sentinel = Sentinel(  # type: ignore[no-untyped-call]
            [(host.host, host.port) for host in address.hosts], sentinel_kwargs=sentinel_options(settings) | limits
        )
        kind = SentinelManagedSSLConnection if address.uses_tls else SentinelManagedConnection
        return PrimaryPool(address.service, sentinel, connection_class=kind, **options)  # type: ignore[no-untyped-call]
    kind = redis.SSLConnection if address.uses_tls else redis.Connection
    options |= {"host": address.hosts[0].host, "port": address.hosts[0].port}
    return redis.BlockingConnectionPool(connection_class=kind, **options)  # type: ignore[no-untyped-call]


def login_options(settings: Settings) -> dict[str, Any]:
    """redis-py's options for user and password."""
    password = settings.redis_password
    return {
        "username": settings.redis_address.username,
        "password": None if password is None else password.get_secret_value(),
    }


def tcp_options() -> dict[str, Any]:
    """redis-py's options for TCP connections that may be idle for long."""
    return {"socket_keepalive": True, "socket_keepalive_options": keepalive_options()}


def tls_options(settings: Settings) -> dict[str, Any]:
    """redis-py's options for TLS; empty without TLS."""
    if not settings.redis_address.uses_tls:
        return {}
    tls = settings.redis_tls
    files = {"ssl_ca_certs": tls.ca_file, "ssl_certfile": tls.cert_file, "ssl_keyfile": tls.key_file}
    return {
        "ssl_cert_reqs": tls.cert_reqs,
        "ssl_check_hostname": tls.check_hostname,
        **{name: None if path is None else str(path) for name, path in files.items()},
        "ssl_password": tls.password or None,
    }


def sentinel_options(settings: Settings) -> dict[str, Any]:
    """redis-py's options for connections to the Sentinels themselves.

    Each Sentinel is asked once before the next one. By default redis-py 8.1 tries each of them eleven times, which
    takes half a minute for one whose machine is gone.
    """
    password = settings.redis_sentinel_password
    tls = tls_options(settings)
    return {
        **tcp_options(),
        "retry": Retry(NoBackoff(), 0),
        **tls,
        **({"ssl": True} if tls else {}),
        **({} if password is None else {"password": password.get_secret_value()}),
    }


class PrimaryPool(SentinelConnectionPool, redis.BlockingConnectionPool):
    """Connections to the primary that the Sentinels name when a connection is made.

    redis-py's own pool for Sentinels raises an error when all its connections are taken; this one waits for one. It
    raises a `ConnectionError` of redis-py's when no Sentinel answers, or none knows a primary.
    """
