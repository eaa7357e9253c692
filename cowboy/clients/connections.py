"""How long connections to the services beside us are kept."""

import httpx

CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)
"""A server closes what was idle for some seconds (the arena: five). A request sent at that moment fails, and a POST is
not repeated. So ours are closed well before."""
