"""Free ports: checking that the wanted ones are, and finding some."""

import errno
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from random import SystemRandom

from cowboy.errors import PortTaken
from cowboy.local.service import Listener, Service
from cowboy.settings import Bind

SERVICE_PORTS = range(10_000, 32_768)
"""Linux gives the ports from 32768 on to outgoing connections, other systems those from 49152 on."""
_chance = SystemRandom()


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
    """As many different loopback addresses whose ports are free at this moment, and will not be given to a client."""
    with ExitStack() as held:
        return [Bind(f"127.0.0.1:{_hold_free_port(held)}") for _ in range(count)]


def _hold_free_port(held: ExitStack) -> int:
    """Not what the system offers: it takes that from the ports that it gives to outgoing connections, too, any of which
    may have it before the service does."""
    while True:
        port = _chance.choice(SERVICE_PORTS)
        try:
            held.enter_context(socket.create_server(("127.0.0.1", port)))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return port


def _listen(bind: Bind) -> socket.socket:
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    return socket.create_server((bind.host, bind.port), family=family)


def _explain(service: Service, listener: Listener, error: OSError) -> str:
    bind = listener.bind
    trouble = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used on {bind.host} ({error.strerror})"
    return f"port {bind.port} ({service.name}) {trouble}; set {listener.moved_by}"
