"""The context: what a brain may call while it decides, beside the situation, which is data."""

from dataclasses import dataclass, field

from cowboy.brains.exchange import Report, to_nobody
from cowboy.brains.providers import AnyProvider, Providers


@dataclass(frozen=True, slots=True)
class Context:
    """What a brain may call. `Context()` permits everything and keeps nothing: for a brain that is tried out alone.

    `providers` permits requests to models, and records their results. A brain that asks a model calls `report` once for
    each question, answered or not; it costs nothing and never fails.
    """

    providers: Providers = field(default_factory=AnyProvider)
    report: Report = to_nobody
