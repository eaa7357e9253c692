"""Signals that ask to stop."""

import os
import signal

import pytest

from cowboy.local.signals import STOP_SIGNALS, stop_signals_interrupt


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_stop_signal_interrupts_and_the_old_handlers_come_back(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in STOP_SIGNALS]

    with pytest.raises(KeyboardInterrupt), stop_signals_interrupt():
        os.kill(os.getpid(), number)

    assert [signal.getsignal(each) for each in STOP_SIGNALS] == before


def test_a_signal_that_nohup_made_us_ignore_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_signals_interrupt():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
