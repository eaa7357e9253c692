"""The bridge as a process: settings, logs, signals."""

import os
import signal
import socket
import threading
from types import FrameType

import structlog

from consumers.bridge import Bridge
from cowboy.logs import configure_logs
from cowboy.settings import settings

log = structlog.get_logger(__name__)


def main() -> None:
    """Run a bridge until SIGTERM or SIGINT. Raises `BadSetting` or `BusError` when it cannot start."""
    configure_logs(settings())
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    bridge = Bridge(settings(), name=f"{socket.gethostname()}:{os.getpid()}")
    log.info("bridge_started", bootstrap_servers=settings().kafka_bootstrap_servers)
    try:
        bridge.run(stop)
    finally:
        bridge.close()
    log.info("bridge_stopped")
