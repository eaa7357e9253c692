"""Celery's Redis transport, with one client for each channel, and what makes it come back soon after an outage.

kombu builds a Redis client for every operation, which is a sixth of what a task costs a worker, and has no setting for
it. A client holds no connection (its pool does) and is thread-safe, so one does as well.

Nor has kombu a setting for how long a worker rests between two tries to reach a Redis that is away: up to half a
minute, which is half a minute more of outage. And a Redis that refuses what it is asked ends its worker: one that is
full, cannot save, misses its replicas, is a replica by now, reads its data or is busy with a script. Here it counts as
one that is away, whatever it says, and a connection to it is established when it takes a write. So does what a worker
still wants from a connection that it has given up itself: to put back the messages that it holds, for one, which kombu
answers with an `AttributeError` that ends the worker.

Celery is told where Redis is in kombu's words, which differ from redis-py's for sockets and Sentinels.
"""

from typing import Any, NamedTuple
from urllib.parse import quote

from celery.app.amqp import AMQP
from kombu.connection import Connection as KombuConnection
from kombu.transport import TRANSPORT_ALIASES, redis
from kombu.utils.url import maybe_sanitize_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.sentinel import Sentinel

from cowboy.settings import Settings
from cowboy.state.connection import login_options, sentinel_options, tcp_options, tls_options

LONGEST_REST_SECONDS = 3

NO_KEY = "no-key"
"""Never there, and deleted to see whether Redis takes writes."""


class Broker(NamedTuple):
    """Where Redis is and how to log in, as Celery's configuration has it."""

    url: str
    use_ssl: dict[str, Any] | bool
    transport_options: dict[str, Any]

    @classmethod
    def of(cls, settings: Settings) -> "Broker":
        address, login = settings.redis_address, login_options(settings)
        user = "".join((quote(login["username"] or "", safe=""), *_password(login["password"])))
        at = f"{user}@" if user else ""
        if address.socket:
            path = quote(address.socket)
            return cls(
                f"redis+socket://{at}{path}?virtual_host={address.database}", use_ssl=False, transport_options={}
            )
        scheme = "sentinel" if address.service else address.scheme
        options = tcp_options()
        if address.service:
            options |= {
                "master_name": address.service,
                # kombu would take them from as many URLs, and, going on to the next, lose the password in the first.
                "sentinels": [(host.host, host.port) for host in address.hosts],
                "sentinel_kwargs": sentinel_options(settings),
            }
        return cls(f"{scheme}://{at}{address.hosts[0]}/{address.database}", tls_options(settings) or False, options)


def _password(password: str | None) -> tuple[str, ...]:
    return () if password is None else (":", quote(password, safe=""))


class KeepsItsClient(redis.Channel):
    """A channel of kombu's, but that it keeps its client for as long as its pool of connections lives."""

    _kept: Any = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        try:
            # A worker would fetch tasks at once, be refused and connect again, without a rest. Not a write that takes
            # memory: fetching tasks is what frees a full Redis of them.
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
    """kombu's channel to the primary that Sentinels name, but that it has their addresses from one option."""

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
        # Where kombu looks for what it has to close.
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
    """kombu's connection, but that it never rests for long before it tries again, and tells nobody how to log in."""

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        rests = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": LONGEST_REST_SECONDS}
        return super().ensure_connection(*args, **(rests | options))  # type: ignore[no-untyped-call]

    def info(self) -> dict[str, Any]:
        """What a worker tells whoever asks for its `stats`: Celery itself takes out only `password`."""
        shown = dict(super().info())  # type: ignore[no-untyped-call]
        private = {"ssl": bool(shown["ssl"]), "hostname": maybe_sanitize_url(shown["hostname"])}
        options = {name: value for name, value in shown["transport_options"].items() if name != "sentinel_kwargs"}
        return shown | private | {"transport_options": options}


class Amqp(AMQP):  # type: ignore[misc]  # Celery ships no types
    """Has a Celery application use our connections."""

    Connection = Connection


def use_kept_clients() -> None:
    """Have every Redis broker of this process reached by our transports."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
    TRANSPORT_ALIASES["sentinel"] = f"{__name__}:SentinelTransport"
