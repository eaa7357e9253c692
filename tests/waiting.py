"""Waiting for what other processes do: for a condition, with a deadline, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def wait_for(condition: Callable[[], Answer], seconds: float = 30.0) -> Answer:
    """The first true answer of `condition`. Fails when there is none within `seconds`, generous on purpose.

    It asks ever more rarely: a machine on which many tests wait has other things to do than to answer them.
    """
    began = time.monotonic()
    while not (answer := condition()):
        waited = time.monotonic() - began
        assert waited < seconds, f"still {answer!r} after {seconds:g} s"
        time.sleep(min(max(0.01, waited / 20), 0.1))
    return answer
