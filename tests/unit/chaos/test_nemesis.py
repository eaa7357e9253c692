"""The nemesis does to real processes what the schedule says, and ends it again."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from cowboy.chaos.faults import KINDS, Fault
from cowboy.chaos.nemesis import Nemesis
from cowboy.chaos.traps import Traps
from cowboy.errors import StateError
from tests.waiting import wait_for


@pytest.fixture
def victim() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


class Stage:
    """Everything that a nemesis needs, without a system."""

    def __init__(self, folder: Path, pid: int | None, *faults: Fault) -> None:
        self.pid = pid
        self.folder = folder
        self.provider = SimpleNamespace(misbehaving=False)
        self.forged: list[int] = []
        self.brokers_killed = 0
        self.redis_is_down = False
        redis = SimpleNamespace(ready=self._redis_answers)
        system: Any = SimpleNamespace(
            supervisor=SimpleNamespace(pid=lambda _name: self.pid), servers={"redis": redis}, traps=folder
        )
        recorder: Any = SimpleNamespace(games={}, broker_was_killed=self._broker_was_killed)
        fuzzer: Any = SimpleNamespace(send=lambda _games, seed: self.forged.append(seed))
        provider: Any = self.provider
        self.nemesis = Nemesis(iter(faults), system, recorder, fuzzer, provider, self._hosted)
        self.nemesis.begin()

    def _broker_was_killed(self) -> None:
        self.brokers_killed += 1

    def _redis_answers(self) -> bool:
        return not self.redis_is_down

    def _hosted(self, instance: str) -> list[tuple[str, str]]:
        if self.redis_is_down:
            raise StateError("down")
        return [("g", f"bot-of-{instance}")]

    def tick_until(self, condition: Any) -> None:
        def done() -> Any:
            self.nemesis.tick()
            return condition()

        wait_for(done)


def fault(kind: str, target: str, seconds: float = 0.0) -> Fault:
    return Fault(0, KINDS[kind], target, seconds, 5)


def is_stopped(process: "subprocess.Popen[bytes]") -> bool:
    return psutil.Process(process.pid).status() == psutil.STATUS_STOPPED


def test_a_kill_kills_and_is_noted_with_the_bots_that_it_concerns(
    tmp_path: Path, victim: "subprocess.Popen[bytes]"
) -> None:
    stage = Stage(tmp_path, victim.pid, fault("kill-worker", "worker-i1"))
    stage.nemesis.tick()

    assert victim.wait(30) == -signal.SIGKILL
    [happened] = stage.nemesis.happened
    assert happened.seats == {("g", "bot-of-i1")}
    assert happened.began == happened.ended


def test_a_kill_of_what_is_dead_already_did_not_happen(tmp_path: Path) -> None:
    stage = Stage(tmp_path, None, fault("kill-worker", "worker-i1"), fault("stop-worker", "worker-i1", 1))
    stage.nemesis.tick()

    assert stage.nemesis.happened == []


def test_nothing_is_awaited_of_a_redis_that_is_down(tmp_path: Path, victim: "subprocess.Popen[bytes]") -> None:
    stage = Stage(tmp_path, victim.pid, fault("kill-worker", "worker-i1"))
    stage.redis_is_down = True
    stage.nemesis.tick()

    assert stage.nemesis.happened[0].seats == frozenset()


def test_a_killed_redis_is_away_until_it_answers(tmp_path: Path, victim: "subprocess.Popen[bytes]") -> None:
    stage = Stage(tmp_path, victim.pid, fault("redis-restart", "redis"))
    stage.redis_is_down = True
    stage.nemesis.tick()
    [happened] = stage.nemesis.happened
    stage.tick_until(lambda: happened.ended - happened.began > 0.1)

    stage.redis_is_down = False
    stage.nemesis.tick()
    ended = happened.ended
    stage.nemesis.tick()

    assert happened.ended == ended


def test_what_is_stopped_goes_on_when_its_time_is_over(tmp_path: Path, victim: "subprocess.Popen[bytes]") -> None:
    stage = Stage(tmp_path, victim.pid, fault("stop-bridge", "bridge", 0.2))
    stage.nemesis.tick()
    wait_for(lambda: is_stopped(victim))

    stage.tick_until(lambda: not is_stopped(victim))


def test_relenting_wakes_what_is_stopped_at_once(tmp_path: Path, victim: "subprocess.Popen[bytes]") -> None:
    stage = Stage(tmp_path, victim.pid, fault("stop-bridge", "bridge", 1000))
    stage.nemesis.tick()
    wait_for(lambda: is_stopped(victim))

    stage.nemesis.relent()

    wait_for(lambda: not is_stopped(victim))


def test_a_process_that_came_after_the_stopped_one_is_left_alone(
    tmp_path: Path, victim: "subprocess.Popen[bytes]"
) -> None:
    stage = Stage(tmp_path, victim.pid, fault("stop-bridge", "bridge", 1000))
    stage.nemesis.tick()
    wait_for(lambda: is_stopped(victim))
    stage.pid = 1

    stage.nemesis.relent()

    assert is_stopped(victim)


def test_a_trap_happens_when_it_is_fallen_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, None, fault("after-claim", "worker-i1"))
    stage.nemesis.tick()
    assert stage.nemesis.happened == []

    monkeypatch.setattr("os.kill", lambda _pid, _number: None)
    Traps(tmp_path).spring("i1", "after-claim", "g", 3)
    stage.nemesis.tick()

    assert stage.nemesis.happened[0].turn == ("g", 3)


def test_a_killed_broker_is_told_to_the_recorder(tmp_path: Path, victim: "subprocess.Popen[bytes]") -> None:
    stage = Stage(tmp_path, victim.pid, fault("broker-restart", "broker"))
    stage.nemesis.tick()

    assert stage.brokers_killed == 1


def test_the_model_misbehaves_for_a_while(tmp_path: Path) -> None:
    stage = Stage(tmp_path, None, fault("llm", "model", 0.1))
    stage.nemesis.tick()
    assert stage.provider.misbehaving

    stage.tick_until(lambda: not stage.provider.misbehaving)


def test_messages_are_forged_with_the_faults_own_seed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, None, fault("messages", "topics"))
    stage.nemesis.tick()

    wait_for(lambda: stage.forged == [5])
