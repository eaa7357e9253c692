"""Measured values, and their figures over several rounds. Pure.

Ratios are taken within a round, between measurements of the same minute: their median is far steadier than the
milliseconds of a machine that does other things too.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict

SUPPORT = frozenset({"feeder", "redis", "broker"})
"""Processes that are no part of the system under test."""


class Measurement(BaseModel):
    """One system under one load. `cpu_ms_per_turn` is what each process used, by name."""

    model_config = ConfigDict(frozen=True)

    turns: int
    p50_ms: float
    p99_ms: float
    turns_per_second: float
    cpu_ms_per_turn: dict[str, float]

    @classmethod
    def of(cls, durations_ms: Sequence[float], seconds: float, cpu_seconds: Mapping[str, float]) -> Self:
        """From how long each turn took (two at least), all of them together, and the CPU time used meanwhile."""
        turns = len(durations_ms)
        return cls(
            turns=turns,
            p50_ms=round(median(durations_ms), 3),
            p99_ms=round(quantiles(durations_ms, n=100, method="inclusive")[98], 3),
            turns_per_second=round(turns / seconds, 1),
            cpu_ms_per_turn={name: round(used * 1000 / turns, 3) for name, used in cpu_seconds.items()},
        )

    @property
    def system_cpu_ms_per_turn(self) -> float:
        return sum(used for name, used in self.cpu_ms_per_turn.items() if name not in SUPPORT)


class Loads(BaseModel):
    """One system in one round: one turn at a time, and many games at once."""

    model_config = ConfigDict(frozen=True)

    alone: Measurement
    crowd: Measurement


class Round(BaseModel):
    """One round: each system by its name, and the rate of whole games through the arena if that was asked for."""

    model_config = ConfigDict(frozen=True)

    systems: dict[str, Loads]
    arena_turns_per_second: float | None = None


class Spread(NamedTuple):
    """A figure over the rounds."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))

    def show(self, digits: int) -> str:
        """Median (lowest–highest); of a single round the one value there is."""
        median, lowest, highest = (f"{value:.{digits}f}" for value in self)
        return median if lowest == highest else f"{median} ({lowest}–{highest})"


class Figure(NamedTuple):
    """A column of the table for people."""

    name: str
    read: Callable[[Loads], float]
    digits: int


P50 = Figure("p50 ms", lambda loads: loads.alone.p50_ms, 1)
P99 = Figure("p99 ms", lambda loads: loads.alone.p99_ms, 1)
RATE = Figure("turns/s", lambda loads: loads.crowd.turns_per_second, 0)
CPU = Figure("CPU ms a turn", lambda loads: loads.crowd.system_cpu_ms_per_turn, 2)
FIGURES = (P50, P99, RATE, CPU)


class Aim(NamedTuple):
    """A figure of ours should keep to so many times that of a baseline. `sign` is ≤ or ≥."""

    figure: Figure
    baseline: str
    sign: str
    bound: float

    @property
    def name(self) -> str:
        return f"{self.figure.name}, ours / {self.baseline}"

    @property
    def text(self) -> str:
        return f"{self.sign} {self.bound}"

    def over(self, rounds: Sequence[Round]) -> Spread:
        """The ratio within each round."""
        read = self.figure.read
        return Spread.of([read(item.systems["ours"]) / read(item.systems[self.baseline]) for item in rounds])

    def met(self, rounds: Sequence[Round]) -> bool:
        """By the median."""
        holds = {"≤": operator.le, "≥": operator.ge}[self.sign]
        return bool(holds(self.over(rounds).median, self.bound))


AIMS = (Aim(P50, "echo", "≤", 1.25), Aim(P99, "echo", "≤", 1.5), Aim(RATE, "bare", "≥", 0.8))
