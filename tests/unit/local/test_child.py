"""One child process: its log, its restarts, its end."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cowboy.local import child as module
from cowboy.local.child import FIRST_PAUSE_SECONDS, STEADY_SECONDS, Child, Pauses
from cowboy.local.reaper import Reaper
from cowboy.local.service import Service
from tests.waiting import wait_for

MakeChild = Callable[[str], Child]


@pytest.fixture
def reaper(tmp_path: Path) -> Iterator[Reaper]:
    with (tmp_path / "lock").open("w") as lock, Reaper(lock.fileno()) as reaper:
        yield reaper


@pytest.fixture
def make_child(reaper: Reaper, tmp_path: Path) -> Iterator[MakeChild]:
    made: list[Child] = []

    def make(script: str) -> Child:
        service = Service(name="dummy", command=("/bin/sh", "-c", script), ready=lambda: True)
        made.append(Child(service, tmp_path, reaper))
        return made[-1]

    yield make
    for child in made:
        child.kill()


def has_ended(child: Child) -> bool:
    return child.exit_code is not None


def test_output_goes_to_the_log_and_input_is_empty(make_child: MakeChild) -> None:
    child = make_child("read line || echo nothing to read; echo trouble >&2; exit 3")
    child.start(0.0)

    wait_for(lambda: has_ended(child))

    assert child.exit_code == 3
    assert child.log_tail() == "nothing to read\ntrouble"


def test_the_log_of_an_earlier_run_is_kept_but_not_reported(make_child: MakeChild) -> None:
    for _ in range(2):
        child = make_child("echo this run")
        child.start(0.0)
        wait_for(lambda child=child: has_ended(child))

    assert child.log_tail() == "this run"
    assert child.log_path.read_text() == "this run\n" * 2


def test_a_log_that_has_grown_too_big_starts_anew(make_child: MakeChild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_LOG_BYTES", 100)
    child = make_child("echo new")
    child.log_path.write_text("old\n" * 26)

    child.start(0.0)
    wait_for(lambda: has_ended(child))

    assert child.log_path.read_text() == "new\n"


def test_a_child_leads_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it(make_child: MakeChild) -> None:
    child = make_child("sleep 60")
    child.start(0.0)

    assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_a_crashed_child_is_started_again_after_pauses_that_grow(make_child: MakeChild) -> None:
    child = make_child("exit 1")
    now = 0.0
    child.start(now)

    for pause in (FIRST_PAUSE_SECONDS, 2 * FIRST_PAUSE_SECONDS, 4 * FIRST_PAUSE_SECONDS):
        wait_for(lambda: has_ended(child))
        child.tend(now)
        assert child.pid is None
        child.tend(now + 0.99 * pause)
        assert child.pid is None
        now += pause
        child.tend(now)
        assert child.pid is not None


def test_the_pauses_are_those_asked_for(reaper: Reaper, tmp_path: Path) -> None:
    service = Service(name="dummy", command=("/bin/sh", "-c", "exit 1"), ready=lambda: True)
    child = Child(service, tmp_path, reaper, Pauses(first=0.1, longest=0.1))
    child.start(0.0)
    for now in (0.0, 1.0, 2.0):
        wait_for(lambda: has_ended(child))
        child.tend(now)
        assert child.pid is None
        child.tend(now + 0.1)
        assert child.pid is not None
    child.kill()


def test_a_child_that_ran_for_long_is_started_again_soon(make_child: MakeChild) -> None:
    child = make_child("exit 1")
    child.start(0.0)
    for now in (0.0, 10.0, STEADY_SECONDS + 10.0):
        wait_for(lambda: has_ended(child))
        child.tend(now)
        child.tend(now + 5.0)

    wait_for(lambda: has_ended(child))
    child.tend(now + 5.0 + STEADY_SECONDS)
    child.tend(now + 5.0 + STEADY_SECONDS + FIRST_PAUSE_SECONDS)

    assert child.pid is not None


def test_what_a_crashed_child_had_started_is_ended_with_it(make_child: MakeChild, tmp_path: Path) -> None:
    child = make_child(f"sleep 60 & echo $! > {tmp_path}/grandchild; exit 1")
    child.start(0.0)
    wait_for(lambda: has_ended(child))
    grandchild = psutil.Process(int((tmp_path / "grandchild").read_text()))

    child.tend(0.0)

    wait_for(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


def test_a_child_that_ignores_sigterm_is_killed_when_its_grace_is_over(make_child: MakeChild, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    child = make_child(f"trap '' TERM; touch {ready}; while :; do sleep 0.01; done")
    child.start(0.0)
    wait_for(ready.exists)
    process = psutil.Process(child.pid)

    child.terminate()
    child.finish(patience_seconds=0.05)

    assert not process.is_running()


def test_a_child_that_nobody_registered_ends_with_its_supervisor(
    make_child: MakeChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment between the start of a process and its registration: the gate must not let it through."""
    child = make_child(f"touch {tmp_path}/passed; sleep 60")
    started: list[psutil.Process] = []

    def die(_reaper: Reaper, group: int) -> None:
        started.append(psutil.Process(group))
        raise KeyboardInterrupt

    monkeypatch.setattr(Reaper, "add", die)
    with pytest.raises(KeyboardInterrupt):
        child.start(0.0)
    child._process.stdin.close()

    wait_for(lambda: has_ended(child))
    assert not (tmp_path / "passed").exists()
    assert started[0].pid == child.pid


def test_stopping_a_child_that_has_ended_or_was_never_started_does_nothing(make_child: MakeChild) -> None:
    child = make_child("exit 0")
    child.terminate()
    child.finish(0.0)
    child.start(0.0)
    wait_for(lambda: has_ended(child))

    child.terminate()
    child.finish(0.0)

    assert child.pid is None


def test_a_child_killed_from_outside_says_by_which_signal(make_child: MakeChild) -> None:
    child = make_child("exec sleep 60")
    child.start(0.0)
    os.kill(child.pid, signal.SIGKILL)

    assert wait_for(lambda: child.exit_code) == -signal.SIGKILL
