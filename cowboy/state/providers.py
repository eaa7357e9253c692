"""Providers of models that are left alone for a while, because they fail or asked for it: known to all workers."""

import math

import structlog

from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys

log = structlog.get_logger(__name__)

FAILURES = 3
"""So many failures in a row, of all workers together, are no accident."""

REST_SECONDS = 20.0
"""After it the next turn tries again; one more failure is then enough for another rest."""

MAX_REST_SECONDS = 120.0
"""However much patience a provider asks for: it may be wrong about that, too."""

MEMORY_SECONDS = 300
"""Failures further apart than this are not in a row."""


class Providers:
    """All of them, by the digest that brains name them by (`cowboy.brains.rests.Rests`)."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    def seconds(self, provider: str) -> float:
        """How long not to ask it yet; 0 if it may be asked."""
        with state_errors(f"reading whether provider {provider} rests"):
            left_ms: int = self._redis.pttl(self._keys.resting(provider))
        return max(0, left_ms) / 1000

    def failed(self, provider: str, wait_seconds: float | None) -> None:
        """Count a failure. Enough of them, or a wish for patience, begin a rest."""
        failures = self._keys.failures(provider)
        with state_errors(f"noting a failure of provider {provider}"), self._redis.pipeline() as pipeline:
            pipeline.incr(failures)
            pipeline.expire(failures, MEMORY_SECONDS)
            count, _ = pipeline.execute()
        if wait_seconds is None and count < FAILURES:
            return
        seconds = min(REST_SECONDS if wait_seconds is None else wait_seconds, MAX_REST_SECONDS)
        with state_errors(f"letting provider {provider} rest"):
            self._redis.set(self._keys.resting(provider), 1, px=max(1, math.ceil(seconds * 1000)))
        log.warning("provider_rests", provider=provider, failures=count, seconds=seconds)

    def answered(self, provider: str) -> None:
        """Whatever failed before is forgotten."""
        with state_errors(f"noting an answer of provider {provider}"):
            self._redis.delete(self._keys.failures(provider))
