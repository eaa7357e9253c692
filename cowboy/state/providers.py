"""Providers of models, shared by all workers: rests after failures, requests a minute, budgets."""

import math
from datetime import UTC, datetime

import structlog

from cowboy.models.quota import Admission, Asking, Usage, Verdict
from cowboy.process.milliseconds import milliseconds
from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys

log = structlog.get_logger(__name__)

FAILURES = 3
"""So many failures in a row, of all workers together, begin a rest."""

REST_SECONDS = 20.0
"""After it the next turn tries again; one more failure is then enough for another rest."""

MAX_REST_SECONDS = 120.0
"""The longest rest, even if a provider asks for a longer one."""

MEMORY_SECONDS = 300
"""Failures further apart than this are not in a row."""

SPENT_SECONDS = 8 * 86_400
"""What a profile spent on a day stays readable for a week after it."""


class Providers:
    """All of them (`cowboy.brains.providers.Providers`). Thread-safe. All of it raises `StateError`."""

    def __init__(self, client: Redis, keys: Keys, history_ttl_seconds: int) -> None:
        self._redis = client
        self._keys = keys
        self._history_ttl_seconds = history_ttl_seconds
        self._admit_request = script(client, "admit_request")
        self._count_usage = script(client, "count_usage")

    def admit(self, asking: Asking, most_seconds: float) -> Admission:
        """Permission for one request, after a wait of `most_seconds` at most, or the reason for none."""
        terms, keys = asking.terms, self._keys
        with state_errors(f"asking for leave to ask provider {asking.provider}"):
            verdict, ms, of = self._admit_request(
                keys=[*self._counters(asking), keys.resting(asking.provider), keys.bucket(asking.provider)],
                args=[
                    asking.bot_id,
                    terms.tokens_per_bot or 0,
                    terms.tokens_per_game or 0,
                    terms.tokens_per_day or 0,
                    60_000 / terms.requests_per_minute if terms.requests_per_minute else 0,
                    terms.burst,
                    max(0, milliseconds(most_seconds)),
                    self._history_ttl_seconds,
                ],
            )
        return Admission(Verdict(verdict), ms / 1000, of)

    def failed(self, provider: str, wait_seconds: float | None) -> None:
        """Count a failure. Enough of them, or a provider that asks for patience, begin a rest."""
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

    def answered(self, asking: Asking, usage: Usage) -> None:
        """Forget earlier failures, and count what the answer cost."""
        self._count(asking, usage, answers=1)

    def spent(self, asking: Asking, usage: Usage) -> None:
        """Count the cost of a request without an answer."""
        self._count(asking, usage, answers=0)

    def mode(self, provider: str, model: str) -> str | None:
        """The output mode that suits the model, if it has been found out."""
        with state_errors(f"reading how model {model} answers"):
            found = self._redis.get(self._keys.mode(f"{provider}:{model}"))
        return found if isinstance(found, str) else None

    def may_probe(self, provider: str, model: str, seconds: float) -> bool:
        """Whether the caller has to find out the mode. No other caller has to for the given time."""
        with state_errors(f"reading whether model {model} is being probed"):
            return bool(self._redis.set(self._keys.probing(f"{provider}:{model}"), 1, ex=math.ceil(seconds), nx=True))

    def found(self, provider: str, model: str, mode: str, seconds: float) -> None:
        """Keep the mode that was found out, for the given time."""
        with state_errors(f"noting how model {model} answers"):
            self._redis.set(self._keys.mode(f"{provider}:{model}"), mode, ex=math.ceil(seconds))

    def _count(self, asking: Asking, usage: Usage, answers: int) -> None:
        with state_errors(f"counting what bot {asking.bot_id} spent"):
            self._count_usage(
                keys=[*self._counters(asking), self._keys.failures(asking.provider)],
                args=[
                    asking.bot_id,
                    *usage,
                    usage.cost_micros(asking.terms),
                    self._history_ttl_seconds,
                    SPENT_SECONDS,
                    answers,
                ],
            )

    def _counters(self, asking: Asking) -> list[str]:
        return [self._keys.usage(asking.game_id), self._keys.spent(asking.profile, today())]


def today() -> str:
    """The day on which something is spent."""
    return datetime.now(UTC).date().isoformat()
