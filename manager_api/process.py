"""The bot manager as a process: settings, logs, a production WSGI server."""

import signal
from types import FrameType

import structlog
import waitress

from cowboy.logs import configure_logs
from cowboy.settings import settings
from manager_api.app import create_app

log = structlog.get_logger(__name__)

THREADS = 16


def main() -> None:
    """Serve until SIGTERM or SIGINT. Raises `BadSetting` when it cannot start."""
    configure_logs(settings())
    bind = settings().bot_manager_bind
    server = waitress.create_server(create_app(settings()), host=bind.host, port=bind.port, threads=THREADS)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # waitress leaves its loop on this exception, after the requests in flight.
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    log.info("manager_started", bind=str(bind))
    server.run()
