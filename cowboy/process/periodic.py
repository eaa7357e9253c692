"""Periodic tasks of a loop."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass
class PeriodicTask:
    """A task that is due again and again."""

    every_seconds: float
    do: Callable[[], None]
    due: float = 0.0

    def run_if_due(self, now: float) -> None:
        if now >= self.due:
            self.due = now + self.every_seconds
            self.do()


def run_due(tasks: Iterable[PeriodicTask]) -> None:
    """Run the tasks that are due. One that raises is due again after its interval."""
    for task in tasks:
        task.run_if_due(time.monotonic())
