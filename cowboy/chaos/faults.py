"""The faults that are caused, and when: a schedule that is fixed by its seed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import NamedTuple

SHORTEST_STOP_SECONDS = 0.5
LONGEST_STOP_SECONDS = 4.0


class Effect(StrEnum):
    """How a fault is caused."""

    KILL = "kill"
    """SIGKILL; the supervisor starts the process again."""
    STOP = "stop"
    """SIGSTOP, and SIGCONT a while later: a process that hangs, then goes on as if nothing had been."""
    TRAP = "trap"
    """The worker kills or stops itself at a point of a turn (`cowboy.chaos.worker`)."""
    MODEL = "model"
    """The provider of models misbehaves for a while (`cowboy.chaos.provider`)."""
    MESSAGES = "messages"
    """Messages that no process of the system sent appear on a game's topics (`cowboy.chaos.fuzzer`)."""


class Kind(NamedTuple):
    """A class of faults. `role` is whose processes it hits. `excuses`: the game itself is away, turns may be lost."""

    name: str
    effect: Effect
    role: str
    excuses: bool = False


WORKER, REDIS, BROKER, ARENA = "worker", "redis", "broker", "arena"

KINDS = {
    kind.name: kind
    for kind in (
        Kind("kill-worker", Effect.KILL, WORKER),
        Kind("stop-worker", Effect.STOP, WORKER),
        Kind("after-claim", Effect.TRAP, WORKER),
        Kind("after-decide", Effect.TRAP, WORKER),
        Kind("after-send", Effect.TRAP, WORKER),
        Kind("kill-bridge", Effect.KILL, "bridge"),
        Kind("stop-bridge", Effect.STOP, "bridge"),
        Kind("kill-keeper", Effect.KILL, "keeper"),
        Kind("stop-keeper", Effect.STOP, "keeper"),
        Kind("kill-manager", Effect.KILL, "manager"),
        Kind("stop-manager", Effect.STOP, "manager"),
        Kind("kill-arena", Effect.KILL, ARENA, excuses=True),
        Kind("stop-arena", Effect.STOP, ARENA, excuses=True),
        Kind("redis-restart", Effect.KILL, REDIS, excuses=True),
        Kind("redis-stop", Effect.STOP, REDIS, excuses=True),
        Kind("broker-restart", Effect.KILL, BROKER, excuses=True),
        Kind("broker-stop", Effect.STOP, BROKER, excuses=True),
        Kind("llm", Effect.MODEL, "model"),
        Kind("messages", Effect.MESSAGES, "topics"),
    )
}

MIXED = tuple(name for name in KINDS if name not in {"llm", "broker-restart"})
"""All that a random brain can meet, but for a restart of the embedded broker, which forgets every topic."""


class Fault(NamedTuple):
    """One fault, `at_seconds` after the first game began.

    `target` is the process it is done to; `duration_seconds` is 0 for what happens at once. `seed` fixes what else is
    left to chance.
    """

    at_seconds: float
    kind: Kind
    target: str
    duration_seconds: float
    seed: int


def schedule(
    seed: int, kinds: Sequence[str], processes: Mapping[str, Sequence[str]], every_seconds: float
) -> Iterator[Fault]:
    """An endless series of faults, one every so many seconds on average, each kind as often as the others.

    `processes` are the names of the running ones by their role.
    """
    chance = Random(seed)  # noqa: S311  # no secret
    at_seconds = 0.0
    while True:
        at_seconds += every_seconds * chance.uniform(0.5, 1.5)
        kind = KINDS[chance.choice(kinds)]
        target = chance.choice(processes.get(kind.role) or [kind.role])
        yield Fault(round(at_seconds, 3), kind, target, round(_duration(kind, chance), 3), chance.getrandbits(32))


def _duration(kind: Kind, chance: Random) -> float:
    """A trap kills as often as it stops."""
    instant = kind.effect in {Effect.KILL, Effect.MESSAGES} or (kind.effect is Effect.TRAP and chance.random() < 0.5)
    return 0.0 if instant else chance.uniform(SHORTEST_STOP_SECONDS, LONGEST_STOP_SECONDS)
