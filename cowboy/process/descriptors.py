"""File descriptors: how many this process may hold, and how many connections of strangers that leaves room for."""

import os
import resource
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

UNLIMITED = 2**20
"""A limit from here on counts as none: it is more than any process of ours could serve."""
FEW = 512
"""With fewer, a process soon refuses connections."""
RESERVE = 152
"""For ourselves. An arena holds 27 when idle, at most 32 to Redis, and some for each broker and for the bot manager;
and as many connections as wait to be accepted are there for a moment before they can be refused."""

_OPEN = (Path("/proc/self/fd"), Path("/dev/fd"))


class Descriptors(NamedTuple):
    """How many the process may hold, and how many it does; 0 where the system does not tell."""

    limit: int = 0
    held: int = 0


def raise_limit() -> int:
    """Set the limit as high as this process may; what it is then."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS takes no soft limit above one of its own, however high the hard one is.
    for wanted in (hard, UNLIMITED, 10_240):
        with suppress(ValueError, OSError):
            if wanted != resource.RLIM_INFINITY:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                break
    return descriptors().limit


def descriptors() -> Descriptors:
    """This process's, now."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = UNLIMITED if limit == resource.RLIM_INFINITY else limit
    for folder in _OPEN:
        with suppress(OSError):
            return Descriptors(limit, len(os.listdir(folder)))  # noqa: PTH208  # counted, not looked at
    return Descriptors(limit)


def room_for_strangers(limit: int) -> int:
    """How many connections of others a process may hold that has such a limit."""
    return max(limit - RESERVE, limit // 4)
