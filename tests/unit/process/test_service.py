"""Services that share a process stop together, and one that fails is not missed."""

import threading

import pytest

from cowboy.process.service import SideBySide


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
