"""The signals that ask a program to stop, for a program that cleans up in `finally` and `with`."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_signals_interrupt() -> Iterator[None]:
    """While in the block, SIGTERM and SIGHUP raise `KeyboardInterrupt` as Ctrl-C does. Main thread only.

    A signal that our parent has told us to ignore stays ignored: `nohup` must go on meaning what it says.
    """
    heard = [number for number in STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, signal.default_int_handler) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
