"""The bell: a producer that has written to a silent topic tells the topic's readers, over a Redis channel.

The embedded broker (tansu 0.6) does not wake a fetch that waits for messages, so that its readers have to ask again and
again, many times a second. A reader whose topics are all silent asks rarely, and listens here. Nothing depends on the
bell but speed: a ring that is lost costs as much as the time until the reader asks by itself.
"""

import secrets
import time
from collections.abc import Callable

import structlog
from redis.client import PubSub
from redis.exceptions import RedisError

from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.keys import Keys

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 0.5
"""Producers and readers wait no longer than this for a Redis that does not answer."""


class Bell:
    """One for each producer and consumer. Not thread-safe, except for `ring` and `wake`. Failures of Redis are logged,
    not raised."""

    def __init__(self, settings: Settings) -> None:
        self._redis = connect(settings, patience_seconds=PATIENCE_SECONDS, retries=0)
        self._channel = Keys(settings.key_prefix).bell
        self._own_name = f"reader {secrets.token_hex(8)}"
        self._ear: PubSub | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Bell | None":
        """None where the broker wakes readers by itself."""
        return cls(settings) if settings.broker_kind == "tansu" else None

    def ring(self, topic: str) -> None:
        """Tell that a message stands on `topic`."""
        try:
            self._redis.publish(self._channel, topic)
        except RedisError as error:
            log.debug("bell_not_rung", topic=topic, error=type(error).__name__)

    def wake(self) -> None:
        """End the `wait` of another thread, or its next one if it has begun to listen."""
        if self._ear is not None:
            self.ring(self._own_name)

    @property
    def is_listening(self) -> bool:
        return self._ear is not None

    def listen(self) -> bool:
        """Begin to listen; False if Redis fails. What is rung after this returned is heard by `wait`."""
        ear = self._redis.pubsub()  # type: ignore[no-untyped-call]
        try:
            ear.subscribe(self._channel)
            is_confirmed = ear.get_message(timeout=PATIENCE_SECONDS) is not None
        except RedisError as error:
            log.debug("bell_not_heard", error=type(error).__name__)
            is_confirmed = False
        self._ear = ear
        if not is_confirmed:
            self.stop_listening()
        return is_confirmed

    def wait(self, heeds: Callable[[str], bool], seconds: float) -> bool:
        """Wait for a ring for a topic that `heeds` names, at most so long, or until `wake`; whether there was one.

        If Redis fails, listening ends, and that counts as a ring: something may have been missed.
        """
        until = time.monotonic() + seconds
        while self._ear is not None and (left := until - time.monotonic()) > 0:
            try:
                message = self._ear.get_message(timeout=left)
            except RedisError as error:
                log.debug("bell_not_heard", error=type(error).__name__)
                self.stop_listening()
                return True
            rung = message["data"] if message is not None and message["type"] == "message" else None
            if rung == self._own_name:
                return False
            if rung is not None and heeds(rung):
                return True
        return False

    def stop_listening(self) -> None:
        """Safe when repeated."""
        if self._ear is not None:
            self._ear.close()
            self._ear = None

    def close(self) -> None:
        self.stop_listening()
        self._redis.close()
