"""What Cowboy needs of kombu 5.7 that has no public way: its channels, transports and connections, with changes.

- kombu builds a Redis client for every operation, which is a sixth of what a task costs a worker, and has no setting
  for it. A client holds no connection (its pool does) and is thread-safe, so each channel keeps one.
- kombu has no setting for how long a worker rests between two attempts to reach a Redis that is away. By default the
  rest grows to half a minute, which makes an outage half a minute longer.
- A Redis that refuses a command ends its worker: one that is full, cannot save, misses its replicas, is a replica, is
  loading its data or is busy with a script. Here every refusal counts as a lost connection, and a connection counts as
  established when Redis takes a write.
- A worker that has given up a connection still wants to put back its messages on it. kombu answers with an
  `AttributeError`, which ends the worker. Here that counts as a lost connection, too.

`pyproject.toml` bounds the version; `tests/integration/celery/test_kombu_internals.py` fails when one of the parts
moves.
"""

from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection as KombuConnection
from kombu.transport import TRANSPORT_ALIASES, redis
from kombu.utils.url import maybe_sanitize_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.sentinel import Sentinel

LONGEST_REST_SECONDS = 3

NO_KEY = "no-key"
"""A key that never exists. Deleting it shows whether Redis takes writes."""


class KeepsItsClient(redis.Channel):
    """A channel of kombu's that keeps its client for as long as its pool of connections lives."""

    _kept: Any = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        try:
            # Without this check a worker would fetch tasks at once, be refused and connect again, without a rest. The
            # check is a write that takes no memory: fetching tasks is what frees a full Redis of them.
            self.client.delete(NO_KEY)
        except BaseException:
            self.close()  # type: ignore[no-untyped-call]
            raise

    def _create_client(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("this connection to Redis was given up")
        if asynchronous:  # made once, by kombu itself
            return super()._create_client(asynchronous=True)  # type: ignore[no-untyped-call]
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()  # type: ignore[no-untyped-call]
        return self._kept


class SentinelChannel(KeepsItsClient, redis.SentinelChannel):
    """kombu's channel to the primary that Sentinels name, with all their addresses from one option."""

    from_transport_options = (*redis.SentinelChannel.from_transport_options, "sentinels")  # type: ignore[assignment]
    # Set by kombu, from the options of these names.
    sentinels: list[tuple[str, int]]
    sentinel_kwargs: dict[str, Any]
    master_name: str

    def _sentinel_managed_pool(self, asynchronous: bool = False) -> Any:
        options = self._connparams(asynchronous)  # type: ignore[no-untyped-call]
        del options["host"], options["port"]
        limits = {name: options[name] for name in ("socket_timeout", "socket_connect_timeout")}
        sentinel_kwargs = limits | self.sentinel_kwargs
        manager = Sentinel(self.sentinels, sentinel_kwargs=sentinel_kwargs, **options)  # type: ignore[no-untyped-call]
        # kombu closes what it finds under these names.
        setattr(self, "_async_sentinel_manager" if asynchronous else "_sentinel_manager", manager)
        return manager.master_for(self.master_name).connection_pool  # type: ignore[no-untyped-call]


class Transport(redis.Transport):
    """kombu's transport with our channel."""

    Channel = KeepsItsClient
    connection_errors = (*redis.Transport.connection_errors, ResponseError)


class SentinelTransport(redis.SentinelTransport):
    """The same for Sentinels."""

    Channel = SentinelChannel
    connection_errors = Transport.connection_errors


class Connection(KombuConnection):
    """kombu's connection that never rests for long before it tries again, and shows no password in its `info`."""

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        rests = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": LONGEST_REST_SECONDS}
        return super().ensure_connection(*args, **(rests | options))  # type: ignore[no-untyped-call]

    def info(self) -> dict[str, Any]:
        """What a worker answers to a request for its `stats`, without secrets. Celery removes only `password`."""
        shown = dict(super().info())  # type: ignore[no-untyped-call]
        private = {"ssl": bool(shown["ssl"]), "hostname": maybe_sanitize_url(shown["hostname"])}
        options = {name: value for name, value in shown["transport_options"].items() if name != "sentinel_kwargs"}
        return shown | private | {"transport_options": options}


class Amqp(AMQP):  # type: ignore[misc]  # Celery ships no types
    """Makes a Celery application use `Connection`."""

    Connection = Connection


def use_kept_clients() -> None:
    """Make every connection of this process to a Redis broker use these transports."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
    TRANSPORT_ALIASES["sentinel"] = f"{__name__}:SentinelTransport"
