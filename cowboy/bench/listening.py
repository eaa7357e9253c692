"""Listening to topics on which something must go on."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from cowboy.bus.consumer import Consumer, Record
from cowboy.errors import WorldError

POLL_MS = 100
PATIENCE_SECONDS = 60.0
"""Long enough for a worker to start on a loaded machine."""


class Batch(NamedTuple):
    """Messages that were there at the same `moment`, in seconds by `time.perf_counter`."""

    moment: float
    records: list[Record]


def batches(consumer: Consumer) -> Iterator[Batch]:
    """Whatever arrives, for ever. Raises `WorldError` when nothing has arrived for `PATIENCE_SECONDS`."""
    last_heard = time.perf_counter()
    while True:
        records = consumer.poll(POLL_MS)
        now = time.perf_counter()
        if records:
            last_heard = now
            yield Batch(now, records)
        elif now - last_heard > PATIENCE_SECONDS:
            raise WorldError(f"nothing has arrived for {PATIENCE_SECONDS:g} s")
