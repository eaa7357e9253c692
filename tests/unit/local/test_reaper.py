"""The reaper's two ends together: what is listed is ended, what has been forgotten is not."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cowboy.local.reaper import Reaper
from tests.waiting import wait_for

Process = subprocess.Popen[bytes]


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    """Two processes, each the leader of a group of its own."""
    started = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2)]
    yield started
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    with (tmp_path / "lock").open("w") as file:
        yield file.fileno()


def test_when_the_pipe_ends_the_reaper_ends_what_is_listed_and_nothing_else(
    processes: list[Process], lock: int
) -> None:
    listed, forgotten = processes
    with Reaper(lock) as reaper:
        reaper.add(listed.pid)
        reaper.add(forgotten.pid)
        reaper.forget(forgotten.pid)

        reaper._pipe.close()  # as when the supervisor is killed

        assert wait_for(listed.poll) == -signal.SIGTERM
    assert forgotten.poll() is None


@pytest.mark.parametrize("noticed_by", [Reaper.tend, lambda reaper: reaper.forget(2**22)])
def test_a_reaper_that_takes_over_knows_the_whole_list(
    processes: list[Process], lock: int, noticed_by: Callable[[Reaper], None]
) -> None:
    with Reaper(lock) as reaper:
        for process in processes:
            reaper.add(process.pid)
        first = reaper.pid
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: psutil.Process(first).status() == psutil.STATUS_ZOMBIE)

        noticed_by(reaper)
        reaper._pipe.close()

        assert [wait_for(process.poll) for process in processes] == [-signal.SIGTERM] * 2
