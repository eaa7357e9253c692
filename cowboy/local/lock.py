"""One supervisor per home: a lock that the operating system drops with its last holder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cowboy.errors import OperatorError

PATIENCE_SECONDS = 10.0
"""How long a dead holder's reaper, which inherits the lock, may still be clearing up. Longer than its own limits."""
POLL_SECONDS = 0.02


@contextmanager
def home_lock(home: Path) -> Iterator[int]:
    """Hold `<home>/lock`, making the folder where there is none. Yields the lock's file descriptor.

    Raises `OperatorError`, naming the process that holds the lock, or when the folder cannot be written.
    """
    with _open(home / "lock") as file:
        _acquire(file)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def _open(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        raise OperatorError(
            f"cannot write {path.absolute()} ({error.strerror}); set COWBOY_HOME to a folder of yours"
        ) from None


def _acquire(file: TextIO) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _try(file):
        holder = _holder(file)
        if _is_running(holder):
            raise OperatorError(
                f"{file.name} is held by process {holder}: one stack runs per home; stop that one, "
                "or set COWBOY_HOME to another folder"
            )
        if time.monotonic() > deadline:
            raise OperatorError(
                f"{file.name} is still held although process {holder} is gone: its children are not; end them"
            )
        time.sleep(POLL_SECONDS)


def _try(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: TextIO) -> int | None:
    """The process id in the lock file, or None in the moment before its holder has written it."""
    file.seek(0)
    content = file.read()
    return int(content) if content.isdigit() else None


def _is_running(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
