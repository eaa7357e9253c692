"""A service's process: started, logged, started again after a crash, stopped.

Each child leads a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone, and so that the child
and whatever it starts can be ended as one process group.
"""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple, cast

import structlog

from cowboy.local.reaper import Reaper
from cowboy.local.service import Service

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A child that ran this long is well again: its next crash is the first of a new row."""
LARGEST_LOG_BYTES = 10_000_000
TAIL_LINES = 20
TAIL_BYTES = 8_000

# The child waits at this gate until the reaper knows it. Were the supervisor killed between the two, the gate's pipe
# would end and the child with it; without the gate it would live on, known to nobody.
_GATE = 'read -r go && exec "$@" </dev/null'

log = structlog.get_logger(__name__)


class Pauses(NamedTuple):
    """How long to wait after a crash before starting again, in seconds: each time in a row twice as long."""

    first: float = FIRST_PAUSE_SECONDS
    longest: float = LONGEST_PAUSE_SECONDS


PAUSES = Pauses()


class Child:
    """The process of one service. Times are those of `time.monotonic`, in seconds."""

    def __init__(self, service: Service, log_folder: Path, reaper: Reaper, pauses: Pauses = PAUSES) -> None:
        self.service = service
        self.log_path = log_folder / f"{service.name}.log"
        self._reaper = reaper
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._started_at = 0.0
        self._restart_at = 0.0
        self._pauses = pauses
        self._pause_seconds = pauses.first

    @property
    def pid(self) -> int | None:
        """Process id, which is the process group's too; None while nothing runs."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """What the process has ended with (a signal as a negative number); None while it runs or is not started."""
        return self._process.poll() if self._process else None

    def start(self, now: float) -> None:
        self._started_at = now
        with self._open_log() as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _GATE, self.service.name, *self.service.command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                bufsize=0,
                env={**os.environ, **self.service.environment},
                start_new_session=True,
            )
        self._reaper.add(self._process.pid)
        with cast("IO[bytes]", self._process.stdin) as gate, suppress(BrokenPipeError):
            gate.write(b"go\n")

    def tend(self, now: float) -> None:
        """After a crash start the process again, following a pause that grows with every crash in a row."""
        if self.exit_code is not None:
            self._plan_restart(now)
        if self._process is None and now >= self._restart_at:
            self.start(now)

    def terminate(self) -> None:
        """Ask the process to end. What is left of one that has ended already is cleared away."""
        if self._process and self.exit_code is None:
            self._process.terminate()
        else:
            self.kill()

    def finish(self, patience_seconds: float) -> None:
        """Wait for the process to end, and kill it when that takes longer than `patience_seconds`."""
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, patience_seconds))
            self.kill()

    def kill(self) -> None:
        """End the process, and everything that it has started, at once."""
        if self._process:
            # Right after the leader's end too: its number is not given away while a process of its group lives.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._reaper.forget(self._process.pid)
            self._process = None

    def log_tail(self) -> str:
        """The last lines that the process has written since its latest start."""
        with self.log_path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(self._log_start, end - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])

    def _open_log(self) -> IO[bytes]:
        output = self.log_path.open("ab")
        if output.tell() > LARGEST_LOG_BYTES:
            output.truncate(0)
        self._log_start = output.seek(0, os.SEEK_END)
        return output

    def _plan_restart(self, now: float) -> None:
        if now - self._started_at >= STEADY_SECONDS:
            self._pause_seconds = self._pauses.first
        log.warning(
            "service_crashed",
            service=self.service.name,
            exit_code=self.exit_code,
            restart_in_seconds=self._pause_seconds,
            log=str(self.log_path),
        )
        self.kill()
        self._restart_at = now + self._pause_seconds
        self._pause_seconds = min(2 * self._pause_seconds, self._pauses.longest)
