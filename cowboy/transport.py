"""Celery's Redis transport, with one client for each channel, and what makes it come back soon after an outage.

kombu builds a Redis client for every operation, which is a sixth of what a task costs a worker, and has no setting for
it. A client holds no connection (its pool does) and is thread-safe, so one does as well.

Nor has kombu a setting for how long a worker rests between two tries to reach a Redis that is away: up to half a
minute, which is half a minute more of outage. And a Redis that refuses what it is asked ends its worker: one that is
full, cannot save, misses its replicas, is a replica by now, reads its data or is busy with a script. Here it counts as
one that is away, whatever it says, and a connection to it is established when it takes a write. So does what a worker
still wants from a connection that it has given up itself: to put back the messages that it holds, for one, which kombu
answers with an `AttributeError` that ends the worker.
"""

from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection as KombuConnection
from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

LONGEST_REST_SECONDS = 3

NO_KEY = "no-key"
"""Never there, and deleted to see whether Redis takes writes."""


class Channel(redis.Channel):
    """kombu's channel, but that it keeps its client for as long as its pool of connections lives."""

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


class Transport(redis.Transport):
    """kombu's transport with our channel."""

    Channel = Channel
    connection_errors = (*redis.Transport.connection_errors, ResponseError)


class Connection(KombuConnection):
    """kombu's connection, but that it never rests for long before it tries again."""

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        rests = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": LONGEST_REST_SECONDS}
        return super().ensure_connection(*args, **(rests | options))  # type: ignore[no-untyped-call]


class Amqp(AMQP):  # type: ignore[misc]  # Celery ships no types
    """Has a Celery application use our connections."""

    Connection = Connection


def use_kept_clients() -> None:
    """Have every `redis://` and `rediss://` broker of this process reached by `Transport`."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
