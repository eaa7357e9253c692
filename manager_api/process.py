"""The bot manager as a process: settings, logs, a production WSGI server."""

import signal
from types import FrameType
from uuid import uuid4

import structlog
import waitress

from cowboy.liveness.vitals import Vitals, beating
from cowboy.models.profiles import load_profiles
from cowboy.process.descriptors import raise_limit, room_for_strangers
from cowboy.process.logs import configure_logs
from cowboy.process.self_check import checking_itself
from cowboy.settings import settings
from cowboy.state.state import State
from manager_api.app import MAX_BODY_BYTES, create_app

log = structlog.get_logger(__name__)

THREADS = 16
MAX_CONNECTIONS = 500
IDLE_SECONDS = 10
"""How long a connection may stay idle: strangers must not keep our services out for longer."""
SPOOLED_BYTES = 2 * MAX_BODY_BYTES
"""Beyond this waitress itself refuses a body, before anybody's token is looked at; up to here the application does."""


def main() -> None:
    """Serve until SIGTERM or SIGINT. Raises `BadSetting` when it cannot start."""
    configure_logs(settings())
    bind = settings().bot_manager_bind
    server = waitress.create_server(
        create_app(settings(), load_profiles(settings())),
        host=bind.host,
        port=bind.port,
        threads=THREADS,
        # Beyond it new connections wait. Without descriptors waitress would try to accept them, and log that, for ever.
        connection_limit=min(MAX_CONNECTIONS, room_for_strangers(raise_limit())),
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=IDLE_SECONDS // 5,
        asyncore_use_poll=True,  # `select` takes no descriptor above 1,023
        max_request_body_size=SPOOLED_BYTES,
    )

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # waitress leaves its loop on this exception, after the requests in flight.
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    log.info("manager_started", bind=str(bind))
    vitals = Vitals(State.of(settings(), patience_seconds=1.0, retries=0), "manager", f"manager {uuid4().hex}")
    with (
        beating(vitals, settings().heartbeat_seconds),
        checking_itself(settings(), "manager", bind, "/health/live"),
    ):
        server.run()
