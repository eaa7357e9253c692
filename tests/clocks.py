"""Clocks that are wrong: those of programs, by a `sitecustomize` that Python runs before them, and that of a test."""

import os
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

SITE = """
import datetime
import time

AHEAD = {ahead!r}
read, read_ns, real = time.time, time.time_ns, datetime.datetime
time.time = lambda: read() + AHEAD
time.time_ns = lambda: read_ns() + int(AHEAD * 1e9)


class Kind(type(real)):
    def __instancecheck__(cls, thing):
        return isinstance(thing, real)

    def __subclasscheck__(cls, kind):
        return issubclass(kind, real)


class Skewed(real, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return real.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return real.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)


datetime.datetime = Skewed
"""


def turned_clock(patch: pytest.MonkeyPatch, *modules: str) -> Callable[[float], None]:
    """Turns the clock of this process so many seconds ahead, and that of `datetime` in these modules."""
    ahead = [0.0]
    read, read_ns = time.time, time.time_ns

    class Turned(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Turned":
            return cls.fromtimestamp(time.time(), tz)

    patch.setattr(time, "time", lambda: read() + ahead[0])
    patch.setattr(time, "time_ns", lambda: read_ns() + int(ahead[0] * 1e9))
    for module in modules:
        patch.setattr(f"{module}.datetime", Turned)
    return lambda seconds: ahead.__setitem__(0, seconds)


def skew_programs(patch: pytest.MonkeyPatch, folder: Path, ahead_seconds: float) -> None:
    """Have all Python programs that are started from now on read a clock that is so far ahead."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(SITE.format(ahead=ahead_seconds))
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH")))))
