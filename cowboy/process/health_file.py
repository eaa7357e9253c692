"""The health file: its age shows from outside, at no cost, whether a process does its work.

    find "$COWBOY_HEALTH_FILE" -mmin -0.25      names it as long as the process is healthy

A process has parts, its loops. It touches the file while each of them does its work; a part that hangs, or waits for
something that is away, lets the file grow old.
"""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import structlog

from cowboy.errors import BadSetting
from cowboy.settings import environment_name, settings

log = structlog.get_logger(__name__)

TOUCH_SECONDS = 1.0
"""The file is touched at most once in this time."""


class HealthFile:
    """Where `path` is None, nothing is written. A part may be silent for `patience_seconds`.

    Thread-safe. Raises `BadSetting` if the file cannot be written.
    """

    def __init__(self, path: Path | None, patience_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._last_worked: dict[Part, float | None] = {}
        self._touched = float("-inf")
        if path is not None:
            try:
                path.unlink(missing_ok=True)  # that of an earlier life
                path.touch()
                path.unlink()
            except OSError as error:
                name = environment_name("health_file")
                raise BadSetting(f"{name}: {path.absolute()} cannot be written: {error.strerror}") from None

    def begin(self) -> "Part":
        """A part that has work to do from now on."""
        part = Part(self)
        self._last_worked[part] = None
        return part

    def note(self, part: "Part") -> None:
        """The part has done its work."""
        now = self._clock()
        self._last_worked[part] = now
        if self._path is None or now - self._touched < TOUCH_SECONDS:
            return
        if all(at is not None and now - at <= self._patience_seconds for at in list(self._last_worked.values())):
            self._touched = now
            try:
                self._path.touch()
            except OSError as error:
                log.warning("health_file_not_written", path=str(self._path), error=error.strerror)

    def end(self, part: "Part") -> None:
        """The part has no more work to do. Safe when repeated."""
        self._last_worked.pop(part, None)


class Part:
    """A part of the process, as a context: a loop, while it runs."""

    def __init__(self, file: HealthFile) -> None:
        self._file = file

    def worked(self) -> None:
        """It has done its work, as it does every so often."""
        self._file.note(self)

    def end(self) -> None:
        self._file.end(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


@functools.cache
def health_file() -> HealthFile:
    """That of this process."""
    return HealthFile(settings().health_file, settings().dead_after_seconds)
