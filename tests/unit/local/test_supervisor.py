"""The supervisor, with small dummies for services."""

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from cowboy.errors import OperatorError, PortTaken
from cowboy.local import supervisor as module
from cowboy.local.service import Listener, Service
from cowboy.local.supervisor import supervising
from cowboy.settings import Bind


def dummy(name: str, script: str, ready: Path | None = None, **rest: object) -> Service:
    """A shell script as a service; ready once the file `ready` is there, at once by default."""
    probe = ready.exists if ready else lambda: True
    return Service(name=name, command=("/bin/sh", "-c", script), ready=probe, **rest)


def test_started_services_run_until_the_block_ends(tmp_path: Path) -> None:
    with supervising(tmp_path) as supervisor:
        supervisor.start((dummy("one", "exec sleep 60"), dummy("two", "exec sleep 60")))
        processes = [psutil.Process(supervisor.pid(name)) for name in ("one", "two")]
        assert all(process.is_running() for process in processes)

    assert not any(process.is_running() for process in processes)


def test_a_stage_waits_until_the_one_before_is_ready(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with supervising(tmp_path) as supervisor:
        supervisor.start(
            (dummy("first", f"sleep 0.2; touch {first}; exec sleep 60", ready=first),),
            (dummy("second", f"test -e {first} && touch {second} && exec sleep 60", ready=second),),
        )

    assert second.exists()


def test_services_are_stopped_in_reverse_order(tmp_path: Path) -> None:
    order = tmp_path / "order"

    def noting(name: str) -> Service:
        ready = tmp_path / name
        script = f"trap 'echo {name} >> {order}; exit' TERM; touch {ready}; while :; do sleep 0.01; done"
        return dummy(name, script, ready=ready)

    with supervising(tmp_path) as supervisor:
        supervisor.start((noting("first"),), (noting("second"),), (noting("third"),))

    assert order.read_text().split() == ["third", "second", "first"]


def test_a_service_gets_its_variables_on_top_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "ours")
    monkeypatch.setenv("BOTH", "ours")
    ready = tmp_path / "ready"
    script = f'echo "$OURS $BOTH"; touch {ready}; exec sleep 60'

    with supervising(tmp_path) as supervisor:
        supervisor.start((dummy("one", script, ready=ready, environment={"BOTH": "its own"}),))

    assert (tmp_path / "logs" / "one.log").read_text() == "ours its own\n"


def test_a_service_that_dies_while_starting_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    never = tmp_path / "never"
    with (
        supervising(tmp_path) as supervisor,
        pytest.raises(OperatorError, match=r"(?s)^two ended with code 3 .*logs/two\.log:\nno such map$"),
    ):
        supervisor.start((dummy("one", "exec sleep 60"), dummy("two", "echo no such map; exit 3", ready=never)))


def test_a_service_whose_program_is_missing_is_reported(tmp_path: Path) -> None:
    service = Service(name="ghost", command=("no-such-program",), ready=lambda: False)

    with supervising(tmp_path) as supervisor, pytest.raises(OperatorError, match=r"(?s)ghost ended .*not found"):
        supervisor.start((service,))


def test_a_service_that_does_not_become_ready_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_LIMIT_SECONDS", 0.1)

    with supervising(tmp_path) as supervisor, pytest.raises(OperatorError, match=r"slow was not ready after 0\.1 s"):
        supervisor.start((dummy("slow", "exec sleep 60", ready=tmp_path / "never"),))


def test_a_failed_start_leaves_nothing_running(tmp_path: Path) -> None:
    with supervising(tmp_path) as supervisor:
        with pytest.raises(OperatorError):
            supervisor.start((dummy("one", "exec sleep 60"),), (dummy("two", "exit 1", ready=tmp_path / "never"),))
        survivor = psutil.Process(supervisor.pid("one"))

    assert not survivor.is_running()


def test_a_crashed_service_is_started_again(tmp_path: Path) -> None:
    with supervising(tmp_path) as supervisor:
        supervisor.start((dummy("one", "exec sleep 60"),))
        first = supervisor.pid("one")

        os.kill(first, signal.SIGKILL)
        supervisor.watch(until=lambda: supervisor.pid("one") not in {first, None})

        assert psutil.Process(supervisor.pid("one")).is_running()


def test_a_taken_port_is_reported_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, supervising(tmp_path) as supervisor:
        bind = Bind(f"127.0.0.1:{other.getsockname()[1]}")
        blocked = dummy("arena", "exec sleep 60", listeners=(Listener(bind, "COWBOY_ARENA_BIND=127.0.0.1:<other>"),))

        with pytest.raises(PortTaken, match=rf"port {bind.port} \(arena\) .*COWBOY_ARENA_BIND"):
            supervisor.start((dummy("one", "exec sleep 60"),), (blocked,))

        assert not list(supervisor.logs.iterdir())


def test_a_second_supervisor_of_the_same_home_is_refused_by_the_first_ones_name(tmp_path: Path) -> None:
    with (
        supervising(tmp_path),
        pytest.raises(OperatorError, match=rf"held by process {os.getpid()}.*COWBOY_HOME"),
        supervising(tmp_path),
    ):
        pass


def test_a_home_can_be_used_again_after_its_supervisor_has_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with supervising(tmp_path) as supervisor:
            supervisor.start((dummy("one", "exec sleep 60"),))


def test_a_home_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OperatorError, match=r"cannot write .*set COWBOY_HOME"), supervising(tmp_path / "file"):
        pass


def test_a_killed_reaper_is_replaced(tmp_path: Path) -> None:
    with supervising(tmp_path) as supervisor:
        supervisor.start((dummy("one", "exec sleep 60"),))
        first = supervisor._reaper.pid

        os.kill(first, signal.SIGKILL)
        supervisor.watch(until=lambda: supervisor._reaper.pid != first)

        assert psutil.Process(supervisor._reaper.pid).is_running()


def test_a_ctrl_c_while_stopping_ends_everything_at_once(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    # It answers SIGTERM with the user's second Ctrl-C, and goes on: without the hurry this would take an hour.
    stubborn = f"trap 'kill -INT $PPID' TERM; touch {ready}; while :; do sleep 0.01; done"
    with supervising(tmp_path) as supervisor:
        supervisor.start((dummy("stubborn", stubborn, ready=ready, stop_grace_seconds=3600.0),))
        process = psutil.Process(supervisor.pid("stubborn"))

    assert not process.is_running()
