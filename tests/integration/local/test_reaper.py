"""Nothing is left behind, however the supervisor ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from cowboy.local.supervisor import supervising
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


@dataclass
class Supervised:
    """The supervisor's process, those it looks after, and the port of its Redis."""

    process: subprocess.Popen[str]
    others: dict[str, psutil.Process]
    port: int

    def nothing_is_left(self) -> bool:
        return not any(map(lives, self.others.values())) and not port_answers(self.port)


@contextmanager
def supervised(home: Path, first: str = "true") -> Iterator[Supervised]:
    command = [sys.executable, "-m", "tests.integration.local.supervised", str(home), first]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            facts = json.loads(process.stdout.readline())
            others = {name: psutil.Process(pid) for name, pid in facts["pids"].items()}
            yield Supervised(process, others, facts["port"])
        finally:
            process.kill()


def lives(process: psutil.Process) -> bool:
    """Whether a process still does something: one whose parent has yet to notice its end does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def port_answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_killed_supervisor_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    with supervised(tmp_path) as stack:
        assert all(map(lives, stack.others.values()))
        assert port_answers(stack.port)

        stack.process.kill()

        wait_for(stack.nothing_is_left)


def test_children_that_ignore_sigterm_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    with supervised(tmp_path, first="trap '' TERM") as stack:
        stack.process.kill()

        wait_for(stack.nothing_is_left)


def test_it_works_too_after_the_reaper_itself_was_killed_and_replaced(tmp_path: Path) -> None:
    with supervised(tmp_path) as stack:
        supervisor = psutil.Process(stack.process.pid)
        first = {child.pid for child in supervisor.children()}
        stack.others["reaper"].kill()
        wait_for(lambda: {child.pid for child in supervisor.children()} - first)

        stack.process.kill()

        wait_for(stack.nothing_is_left)


def test_the_reaper_outlives_signals_meant_for_the_supervisor(tmp_path: Path) -> None:
    with supervised(tmp_path) as stack:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            stack.others["reaper"].send_signal(number)

        stack.process.kill()

        wait_for(stack.nothing_is_left)


def test_the_next_supervisor_waits_until_the_reaper_has_cleared_up(tmp_path: Path) -> None:
    with supervised(tmp_path) as stack:
        stack.process.kill()
        stack.process.wait()

        with supervising(tmp_path):
            assert stack.nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_stops_everything_and_is_no_failure(tmp_path: Path, number: signal.Signals) -> None:
    with supervised(tmp_path) as stack:
        stack.process.send_signal(number)

        assert stack.process.wait() == 0
        assert stack.nothing_is_left()


def test_ctrl_c_in_a_terminal_reaches_only_the_supervisor(tmp_path: Path) -> None:
    with supervised(tmp_path) as stack:
        groups = {os.getpgid(process.pid) for process in stack.others.values()}

        assert os.getpgid(stack.process.pid) not in groups
