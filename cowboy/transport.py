"""Celery's Redis transport, with one client for each channel.

kombu builds a Redis client for every operation, which is a sixth of what a task costs a worker, and has no setting for
it. A client holds no connection (its pool does) and is thread-safe, so one does as well.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis


class Channel(redis.Channel):
    """kombu's channel, but that it keeps its client for as long as its pool of connections lives."""

    _kept: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:  # made once, by kombu itself
            return super()._create_client(asynchronous=True)  # type: ignore[no-untyped-call]
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()  # type: ignore[no-untyped-call]
        return self._kept


class Transport(redis.Transport):
    """kombu's transport with our channel."""

    Channel = Channel


def use_kept_clients() -> None:
    """Have every `redis://` and `rediss://` broker of this process reached by `Transport`."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
