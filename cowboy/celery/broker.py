"""Where Redis is and how to log in, in kombu's words, which differ from redis-py's for sockets and Sentinels."""

from typing import Any, NamedTuple
from urllib.parse import quote

from cowboy.settings import Settings
from cowboy.state.connection import login_options, sentinel_options, tcp_options, tls_options


class Broker(NamedTuple):
    """The values of Celery's settings `broker_url`, `broker_use_ssl` and `broker_transport_options`."""

    url: str
    use_ssl: dict[str, Any] | bool
    transport_options: dict[str, Any]

    @classmethod
    def of(cls, settings: Settings) -> "Broker":
        address, login = settings.redis_address, login_options(settings)
        user = "".join((quote(login["username"] or "", safe=""), *_password(login["password"])))
        at = f"{user}@" if user else ""
        if address.socket:
            path = quote(address.socket)
            return cls(
                f"redis+socket://{at}{path}?virtual_host={address.database}", use_ssl=False, transport_options={}
            )
        scheme = "sentinel" if address.service else address.scheme
        options = tcp_options()
        if address.service:
            options |= {
                "master_name": address.service,
                # kombu would read them from one URL each, and lose the first one's password at the next.
                "sentinels": [(host.host, host.port) for host in address.hosts],
                "sentinel_kwargs": sentinel_options(settings),
            }
        return cls(f"{scheme}://{at}{address.hosts[0]}/{address.database}", tls_options(settings) or False, options)


def _password(password: str | None) -> tuple[str, ...]:
    return () if password is None else (":", quote(password, safe=""))
