"""What the clients of the services beside us share: how long connections are kept, and which certificates count."""

import functools
import ssl

import httpx

CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)
"""A server closes what was idle for some seconds (the arena: five). A request sent at that moment fails, and a POST is
not repeated. So ours are closed well before."""


@functools.cache
def certificates() -> ssl.SSLContext:
    """The certificates that all clients of a process believe. To read them takes 20 ms, so it is done once."""
    return httpx.create_ssl_context(trust_env=False)
