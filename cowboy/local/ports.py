"""Free ports: checking that the wanted ones are, and finding some."""

import errno
import socket
from collections.abc import Iterable
from contextlib import ExitStack

from cowboy.errors import PortTaken
from cowboy.local.service import Listener, Service
from cowboy.settings import Bind


def check_free(services: Iterable[Service]) -> None:
    """Raises `PortTaken` unless every service could listen where it wants to, all at the same time."""
    with ExitStack() as held:
        for service in services:
            for listener in service.listeners:
                try:
                    # Held until all are checked, so that two services wanting one port are found out too.
                    held.enter_context(_listen(listener.bind))
                except OSError as error:
                    raise PortTaken(_explain(service, listener, error)) from None


def free_binds(count: int) -> list[Bind]:
    """As many different loopback addresses whose ports are free at this moment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [Bind(f"127.0.0.1:{server.getsockname()[1]}") for server in sockets]


def _listen(bind: Bind) -> socket.socket:
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    return socket.create_server((bind.host, bind.port), family=family)


def _explain(service: Service, listener: Listener, error: OSError) -> str:
    bind = listener.bind
    trouble = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used on {bind.host} ({error.strerror})"
    return f"port {bind.port} ({service.name}) {trouble}; set {listener.moved_by}"
