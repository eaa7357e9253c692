"""The reaper: a small process that ends the supervisor's children when the supervisor has died.

The supervisor holds the only write end of a pipe into the reaper and writes a process group's id when the group comes,
its negative when it has gone; groups that were there before are the reaper's arguments. However the supervisor dies,
kill -9 included, the pipe ends; the reaper then ends the groups still listed and exits. Plain POSIX, where Linux alone
would have PR_SET_PDEATHSIG.

This file is both ends: `Reaper` in the supervisor, and the program, run by its path and with the standard library only
so that it starts fast and small.
"""

import os
import signal
import subprocess
import sys
import time
from typing import IO, Self, cast

GRACE_SECONDS = 5.0
"""From SIGTERM to SIGKILL: enough for a server to write its files."""
LAST_WAIT_SECONDS = 1.0
"""From SIGKILL to the reaper's own end, so that ports are free when the lock is."""
POLL_SECONDS = 0.02


class Reaper:
    """The supervisor's side: tells the reaper process what runs, and starts another when it has died.

    The process inherits `lock`, a file descriptor, so that the home stays locked until it has cleared up.
    """

    def __init__(self, lock: int) -> None:
        self._lock = lock
        self._groups: set[int] = set()
        self._process = self._spawn()

    @property
    def pid(self) -> int:
        return self._process.pid

    def add(self, group: int) -> None:
        """End this process group should the supervisor die."""
        self._groups.add(group)
        self._tell(group)

    def forget(self, group: int) -> None:
        """The group has ended; its id may soon belong to strangers."""
        self._groups.discard(group)
        self._tell(-group)

    def tend(self) -> None:
        """Start another reaper process if this one has died."""
        if self._process.poll() is not None:
            self._replace()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        try:
            self._process.wait(GRACE_SECONDS + 2 * LAST_WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            # A process forked from ours holds the pipe open. There is nothing left to reap: we have stopped.
            self._process.kill()
            self._process.wait()

    @property
    def _pipe(self) -> IO[bytes]:
        return cast("IO[bytes]", self._process.stdin)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A new process inherits the mask, so these signals cannot end the reaper at any moment of its life.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        try:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, *map(str, self._groups)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
                pass_fds=(self._lock,),
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _tell(self, number: int) -> None:
        try:
            self._pipe.write(f"{number}\n".encode())
        except BrokenPipeError:
            self._replace()

    def _replace(self) -> None:
        self._pipe.close()
        self._process.wait()
        self._process = self._spawn()


def main() -> None:
    """The reaper process: keep the list while the pipe lasts, then end what is on it."""
    groups = set(map(int, sys.argv[1:]))
    for line in sys.stdin:
        number = int(line)
        groups.discard(abs(number))
        if number > 0:
            groups.add(number)
    _end(groups)


def _end(groups: set[int]) -> None:
    for number, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, LAST_WAIT_SECONDS)):
        deadline = time.monotonic() + patience
        groups = {group for group in groups if _signal(group, number)}
        while groups and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            groups = {group for group in groups if _signal(group, 0)}


def _signal(group: int, number: int) -> bool:
    """Send a signal (0 only asks) to a process group; False when there is none any more."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: not permitted, when all that is left are zombies
        return False
    return True


if __name__ == "__main__":
    main()
