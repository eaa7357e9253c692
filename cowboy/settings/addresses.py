"""Addresses: where something listens, and where something is called."""

import re
from ipaddress import IPv6Address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, PlainValidator

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Bind(str):
    """An address to listen on or to connect to, `host:port`; an IPv6 address stands in brackets."""

    @classmethod
    def of(cls, host: str, port: int) -> "Bind":
        """The address of a host, given without brackets."""
        return cls(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    @property
    def host(self) -> str:
        """Without brackets."""
        return self.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.rpartition(":")[2])

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK_HOSTS


def parse_bind(value: object) -> Bind:
    """`host:port` as a `Bind`. Raises `ValueError`."""
    host, colon, port = str(value).rpartition(":")
    if not colon or not _is_host(host) or not _is_port(port):
        raise ValueError("must be host:port with a port from 1 to 65535, such as 127.0.0.1:8090 or [::1]:8090")
    return Bind(value)


def _is_host(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):
        return is_ipv6(text[1:-1])
    return re.fullmatch(r"[^\s:/@\[\],]+", text) is not None


def _is_port(text: str) -> bool:
    return text.isdecimal() and 0 < int(text) < 65536


def is_ipv6(text: str) -> bool:
    """An IPv6 address without brackets."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


BindAddress = Annotated[Bind, PlainValidator(parse_bind)]


def _check_base_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    try:
        url = urlsplit(value)
        usable = bool(url.hostname) and url.port != 0 and re.fullmatch("[!-~]+", value) is not None
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be a URL like http://127.0.0.1:8081 or http://[::1]:8081, of ASCII without spaces")
    if "@" in url.netloc or url.query or url.fragment:
        raise ValueError("must have no user, password, query or fragment")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_check_base_url)]


def _check_servers(value: str) -> str:
    for server in value.split(","):
        parse_bind(server)
    return value


Servers = Annotated[str, AfterValidator(_check_servers)]


def _check_hosts(value: str) -> str:
    if not all(re.fullmatch(r"[A-Za-z0-9_.-]+", host) or is_ipv6(host) for host in value.split(",")):
        raise ValueError("must be host names without scheme or port, separated by commas, such as localhost,my.host")
    return value.lower()


Hosts = Annotated[str, AfterValidator(_check_hosts)]
