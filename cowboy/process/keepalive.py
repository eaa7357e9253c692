"""TCP keep-alive for connections that may be idle for long: a NAT on the way drops a silent one without a sign."""

import socket

IDLE_SECONDS = 60
INTERVAL_SECONDS = 10
PROBES = 3

_WANTED = (
    ("TCP_KEEPIDLE", IDLE_SECONDS),  # Linux
    ("TCP_KEEPALIVE", IDLE_SECONDS),  # macOS's name for it
    ("TCP_KEEPINTVL", INTERVAL_SECONDS),
    ("TCP_KEEPCNT", PROBES),
)


def keepalive_options() -> dict[int, int]:
    """Options of the level `IPPROTO_TCP`, as far as the operating system has them; `SO_KEEPALIVE` switches them on."""
    return {getattr(socket, name): value for name, value in _WANTED if hasattr(socket, name)}
