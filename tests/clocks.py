"""Programs whose machine's clock is wrong: a `sitecustomize` that Python runs before them moves what they read."""

import os
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


def skew_programs(patch: pytest.MonkeyPatch, folder: Path, ahead_seconds: float) -> None:
    """Have all Python programs that are started from now on read a clock that is so far ahead."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(SITE.format(ahead=ahead_seconds))
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH")))))
