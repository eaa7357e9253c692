"""Dead letters: messages that could not be read, counted, and the last thousand kept to look at."""

import json
import time
from typing import Protocol

import structlog

from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys

KEPT = 1_000
SHOWN_BYTES = 500

log = structlog.get_logger(__name__)


class Letter(Protocol):
    """A message as it stands on its topic: `cowboy.bus.consumer.Record`."""

    @property
    def topic(self) -> str: ...

    @property
    def offset(self) -> int: ...

    @property
    def value(self) -> bytes | None: ...


class DeadLetters:
    """The list in which readers of topics keep messages that they cannot read."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    def add(self, reader: str, record: Letter, reason: str) -> None:
        """Log, count and keep one message. Only its first bytes are kept, as printable text."""
        size = len(record.value or b"")
        log.warning("dead_letter", reader=reader, topic=record.topic, offset=record.offset, size=size, reason=reason)
        entry = {
            "reader": reader,
            "topic": record.topic,
            "offset": record.offset,
            "reason": reason,
            "size": size,
            "begins": (record.value or b"")[:SHOWN_BYTES].decode("ascii", "backslashreplace"),
            "at": time.time(),
        }
        with state_errors("keeping a dead letter"), self._redis.pipeline() as pipeline:
            pipeline.lpush(self._keys.dead_letters, json.dumps(entry))
            pipeline.ltrim(self._keys.dead_letters, 0, KEPT - 1)
            pipeline.hincrby(self._keys.dead_letter_counts, reader, 1)
            pipeline.execute()

    def counts(self) -> dict[str, int]:
        """Reader → how many messages it has not been able to read, since the beginning."""
        with state_errors("counting dead letters"):
            stored: dict[str, str] = self._redis.hgetall(self._keys.dead_letter_counts)  # type: ignore[assignment]
        return {reader: int(count) for reader, count in stored.items()}

    def latest(self, count: int = 20) -> list[dict[str, object]]:
        """The newest first."""
        with state_errors("reading dead letters"):
            stored: list[str] = self._redis.lrange(self._keys.dead_letters, 0, count - 1)  # type: ignore[assignment]
        return [json.loads(item) for item in stored]
