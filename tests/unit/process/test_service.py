"""A loop outlasts what fails in it. Services that share a process stop together."""

import threading

import pytest
import structlog

from cowboy.errors import WorldError
from cowboy.process import service
from cowboy.process.service import SideBySide, repeat, repeating


class Service:
    """Runs until it is stopped, or raises at once; notes what became of it."""

    def __init__(self, fails_with: Exception | None = None) -> None:
        self.ran = threading.Event()
        self.closed = False
        self._fails_with = fails_with

    def run(self, stop: threading.Event) -> None:
        self.ran.set()
        if self._fails_with is not None:
            raise self._fails_with
        assert stop.wait(30)

    def close(self) -> None:
        self.closed = True


def test_all_run_until_the_stop_and_all_are_closed() -> None:
    services, stop = [Service(), Service(), Service()], threading.Event()
    both = SideBySide(*services)
    thread = threading.Thread(target=both.run, args=(stop,))
    thread.start()
    assert all(service.ran.wait(30) for service in services)
    assert thread.is_alive()
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    both.close()
    assert all(service.closed for service in services)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_that_fails_ends_the_others_and_its_error_is_told(place: int) -> None:
    services = [Service(), Service()]
    services.insert(place, Service(ValueError("a defect")))
    stop = threading.Event()
    with pytest.raises(ValueError, match="a defect"):
        SideBySide(*services).run(stop)
    assert stop.is_set()


class Loop:
    """Steps and recoveries, each of which fails as often as it was given errors; stops after `steps` good steps."""

    def __init__(self, *failures: Exception, recovering: tuple[Exception, ...] = (), steps: int = 1) -> None:
        self.stop = threading.Event()
        self.done: list[str] = []
        self._failures, self._recovering, self._left = list(failures), list(recovering), steps

    def step(self) -> None:
        self.done.append("step")
        if self._failures:
            raise self._failures.pop(0)
        self._left -= 1
        if not self._left:
            self.stop.set()

    def recover(self) -> None:
        self.done.append("recover")
        if self._recovering:
            raise self._recovering.pop(0)


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch, plain_environment: None) -> None:
    monkeypatch.setattr(service, "LONGEST_PAUSE_SECONDS", 0.0)


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("error", [WorldError("away"), KeyError("a defect")], ids=["outage", "defect"])
def test_what_fails_is_told_and_repeated_after_it_has_recovered(error: Exception) -> None:
    loop = Loop(error, steps=2)
    with structlog.testing.capture_logs() as lines:
        repeat(loop.stop, loop.step, kind="loop", recover=loop.recover)
    assert loop.done == ["step", "recover", "step", "step"]
    (line,) = lines
    told = {"event": "loop_waits", "error": "away"} if isinstance(error, WorldError) else {"event": "loop_failed"}
    assert told.items() <= line.items()


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("error", [WorldError("away"), KeyError("a defect")], ids=["outage", "defect"])
def test_a_recovery_that_fails_is_repeated_too(error: Exception) -> None:
    loop = Loop(WorldError("away"), recovering=(error,))
    repeat(loop.stop, loop.step, kind="loop", recover=loop.recover)
    assert loop.done == ["step", "recover", "recover", "step"]


@pytest.mark.usefixtures("_at_once")
def test_failures_between_which_little_was_done_follow_one_another_at_growing_pauses() -> None:
    loop = Loop(*[WorldError("away")] * 3)
    with structlog.testing.capture_logs() as lines:
        repeat(loop.stop, loop.step, kind="loop", recover=loop.recover)
    assert [line["failures"] for line in lines] == [1, 2, 3]


@pytest.mark.usefixtures("plain_environment")
def test_a_loop_in_the_background_ends_with_its_block() -> None:
    stepped = threading.Event()
    with repeating(stepped.set, kind="loop", rest_seconds=60):
        assert stepped.wait(30)
        assert "loop" in {thread.name for thread in threading.enumerate()}
    assert "loop" not in {thread.name for thread in threading.enumerate()}
