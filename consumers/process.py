"""The bridge as a process."""

from consumers.bridge import Bridge
from cowboy.process.service import run_until_stopped
from cowboy.state.state import state


def main() -> None:
    """Run a bridge until SIGTERM or SIGINT. Raises `BadSetting` or `BusError` when it cannot start."""
    run_until_stopped("bridge", lambda name: Bridge(state(), name))
