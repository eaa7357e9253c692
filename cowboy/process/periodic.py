"""Periodic tasks: what a loop does every so often, between other things."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass
class PeriodicTask:
    """Something to be done every so often."""

    every_seconds: float
    do: Callable[[], None]
    due: float = 0.0

    def run_if_due(self, now: float) -> None:
        if now >= self.due:
            self.due = now + self.every_seconds
            self.do()


def run_due(tasks: Iterable[PeriodicTask]) -> None:
    """Whatever is due. One that raises is due again after its time."""
    for chore in tasks:
        chore.run_if_due(time.monotonic())
