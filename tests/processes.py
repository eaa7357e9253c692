"""Our own programs in tests, each in a process of its own, and gone when the test is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cowboy.local.environment import environment_of
from cowboy.settings import Settings

PATIENCE_SECONDS = 60


def environment_for(settings: Settings) -> dict[str, str]:
    """That of a program of ours with these settings."""
    return {**os.environ, **environment_of(settings), "PYTHONUNBUFFERED": "1"}


@contextmanager
def running(
    *arguments: str, settings: Settings, mortal: bool = False, files: int | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """`python -m <arguments>` with these settings; asked to stop at the end of the block.

    Unless it is `mortal`, it must not have ended before. `files` is how many descriptors it may hold.
    """
    limit = [] if files is None else ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh"]
    with subprocess.Popen(
        [*limit, sys.executable, "-m", *arguments], env=environment_for(settings), text=True
    ) as process:
        try:
            yield process
            assert mortal or process.poll() is None, f"{' '.join(arguments)} ended with {process.returncode}"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
