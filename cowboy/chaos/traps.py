"""Traps: files in one folder that tell a worker to fail at a point of a turn, and record that it did.

<worker>     the trap that is set for it (JSON); taken away by the one thread that falls into it
sprung       a line (JSON) for each that was fallen into
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Sprung(NamedTuple):
    """A trap that was fallen into: who, where, when (seconds since 1970), and for how long (0: for good)."""

    number: int
    worker: str
    pid: int
    game_id: str
    turn_no: int
    at: float
    duration_seconds: float


class Traps:
    """All traps of a folder, which is made if need be."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._read = 0

    def put(self, number: int, worker: str, point: str, duration_seconds: float) -> None:
        """Have the worker fall when it next comes to that point. Replaces a trap that it has not met yet."""
        fresh = self._folder / f"{worker}.new"
        fresh.write_text(json.dumps([number, point, duration_seconds]))
        fresh.rename(self._folder / worker)

    def spring(self, worker: str, point: str, game_id: str, turn_no: int) -> None:
        """Called by the worker at each point of each turn: kills or stops this process if it is in for that."""
        trap = self._folder / worker
        mine = self._folder / f"{worker}.{os.getpid()}.{point}"
        try:
            number, at_point, duration_seconds = json.loads(trap.read_text())
            if at_point != point:
                return
            trap.rename(mine)  # of two threads one gets it
        except FileNotFoundError:
            return
        sprung = Sprung(number, worker, os.getpid(), game_id, turn_no, time.time(), duration_seconds)
        with (self._folder / "sprung").open("a") as file:
            file.write(json.dumps(sprung) + "\n")
        mine.unlink()
        os.kill(os.getpid(), signal.SIGSTOP if duration_seconds else signal.SIGKILL)

    def sprung(self) -> Iterator[Sprung]:
        """Those fallen into since the last look."""
        file = self._folder / "sprung"
        if not file.exists():
            return
        lines = file.read_text().splitlines()
        for line in lines[self._read :]:
            yield Sprung(*json.loads(line))
        self._read = len(lines)
