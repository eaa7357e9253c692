"""Redis as it is deployed where it is guarded: with TLS, on a socket, behind Sentinels, and always with a password."""

import functools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from redis.exceptions import RedisError
from redis.sentinel import Sentinel

from cowboy.errors import StateError
from cowboy.local.ports import free_binds
from cowboy.local.programs import REDIS_COMMANDS, find_redis
from cowboy.local.service import Service
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Bind, Settings
from cowboy.state.client import connect, state_errors
from cowboy.state.connection import sentinel_options
from tests.certificates import Certificates, make_certificates

PASSWORD = "p@ss/w:rd?%-of-redis"
SENTINEL_PASSWORD = "p@ss/w:rd?%-of-sentinel"
SERVICE = "main"
SENTINELS = 3


@dataclass(frozen=True)
class Guarded:
    """`settings` reach it. The supervisor starts again what is killed."""

    settings: Mapping[str, Any]
    supervisor: Supervisor


@contextmanager
def redis_on_a_socket(home: Path) -> Iterator[Guarded]:
    # Not in the test's own folder: the path of a socket has about a hundred bytes.
    with TemporaryDirectory(prefix="cowboy-") as folder, supervising(home) as supervisor:
        socket = Path(folder, "redis.sock")
        settings = {"redis_url": f"unix://{socket}?db=3", "redis_password": PASSWORD}
        supervisor.start((_server("redis", home, settings, port="0", unixsocket=str(socket)),))
        yield Guarded(settings, supervisor)


@contextmanager
def redis_on_ipv6(home: Path) -> Iterator[Guarded]:
    (bind,) = free_binds(1)
    settings = {"redis_url": f"redis://[::1]:{bind.port}/3", "redis_password": PASSWORD}
    with supervising(home) as supervisor:
        supervisor.start((_server("redis", home, settings, port=str(bind.port), bind="::1"),))
        yield Guarded(settings, supervisor)


@contextmanager
def redis_with_tls(home: Path) -> Iterator[Guarded]:
    """It requires a certificate of each client."""
    program = program_with_tls()
    (bind,) = free_binds(1)
    certificates = make_certificates(home / "certificates")
    settings = {"redis_url": f"rediss://{bind}/3", "redis_password": PASSWORD, **_files(certificates)}
    with supervising(home) as supervisor:
        options = _tls(certificates) | {"port": "0", "tls_port": str(bind.port), "bind": bind.host}
        supervisor.start((_server("redis", home, settings, program, **options),))
        yield Guarded(settings, supervisor)


@contextmanager
def redis_behind_sentinels(home: Path, *, tls: bool = False) -> Iterator[Guarded]:
    """A primary and a replica, `redis-1` and `redis-2`, and three Sentinels: a dead primary is replaced in seconds."""
    program = program_with_tls() if tls else find_redis(home)
    certificates = make_certificates(home / "certificates") if tls else None
    scheme = "sentinels" if tls else "sentinel"
    first, second, *sentinels = free_binds(2 + SENTINELS)
    files = _files(certificates) if certificates else {}
    whole = {
        "redis_url": f"{scheme}://{','.join(sentinels)}/{SERVICE}/3",
        "redis_password": PASSWORD,
        "redis_sentinel_password": SENTINEL_PASSWORD,
        **files,
    }
    with supervising(home) as supervisor:
        servers = []
        for number, bind in enumerate((first, second), 1):
            alone = {"redis_url": f"{'rediss' if tls else 'redis'}://{bind}/3", "redis_password": PASSWORD, **files}
            options = _listening(bind, certificates) | {"masterauth": PASSWORD, "repl_diskless_sync_delay": "0"}
            if bind is second:
                options["replicaof"] = f"{first.host} {first.port}"
            servers.append(_server(f"redis-{number}", home, alone, program, **options))
        watching = tuple(
            _sentinel(program, home / f"sentinel-{number}", bind, first, certificates)
            for number, bind in enumerate(sentinels, 1)
        )
        supervisor.start(tuple(servers), watching, (_known_to_all(whole),))
        yield Guarded(whole, supervisor)


@functools.cache
def program_with_tls() -> Path:
    """The system's Redis, since those of wheels are built without TLS. Skips the test without one; CI has one."""
    nowhere = ("--tls-cert-file", "/nowhere", "--tls-key-file", "/nowhere", "--tls-ca-cert-file", "/nowhere")
    for program in filter(None, map(shutil.which, REDIS_COMMANDS)):
        command = (program, "--port", "0", "--tls-port", "1", *nowhere, "--save", "")
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        if "Failed to load certificate" in said.stdout + said.stderr:
            return Path(program)
    trouble = "no Redis with TLS is installed; on Debian: apt-get install redis-server"
    assert not os.environ.get("CI"), trouble
    pytest.skip(trouble)


def _files(certificates: Certificates) -> dict[str, Path]:
    return {"redis_ca_file": certificates.ca, "redis_cert_file": certificates.client}


def _tls(certificates: Certificates) -> dict[str, str]:
    return {
        "tls_cert_file": str(certificates.server),
        "tls_key_file": str(certificates.server),
        "tls_ca_cert_file": str(certificates.ca),
    }


def _listening(bind: Bind, certificates: Certificates | None) -> dict[str, str]:
    if certificates is None:
        return {"bind": bind.host, "port": str(bind.port)}
    return {
        **_tls(certificates),
        "bind": bind.host,
        "port": "0",
        "tls_port": str(bind.port),
        "tls_replication": "yes",
    }


def _server(name: str, home: Path, settings: Mapping[str, Any], program: Path | None = None, **options: str) -> Service:
    folder = home / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"dir": str(folder), "requirepass": PASSWORD, "appendonly": "yes", "save": "", **options}
    return Service(name, _command(program or find_redis(home), wanted), partial(_answers, settings))


def _sentinel(program: Path, folder: Path, bind: Bind, primary: Bind, certificates: Certificates | None) -> Service:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sentinel.conf"
    lines = [
        *(f"{key.replace('_', '-')} {value}" for key, value in _listening(bind, certificates).items()),
        f"dir {folder}",
        f'requirepass "{SENTINEL_PASSWORD}"',
        f'sentinel sentinel-pass "{SENTINEL_PASSWORD}"',
        f"sentinel monitor {SERVICE} {primary.host} {primary.port} 2",
        f'sentinel auth-pass {SERVICE} "{PASSWORD}"',
        f"sentinel down-after-milliseconds {SERVICE} 1000",
        f"sentinel failover-timeout {SERVICE} 5000",
    ]
    if not file.exists():  # it writes into it what it learns
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Service(folder.name, (str(program), str(file), "--sentinel"), lambda: True)


def _known_to_all(settings: Mapping[str, Any]) -> Service:
    """No process worth the name: it is ready when the Sentinels know primary, replica and one another."""
    return Service("introduction", ("sleep", "1000000"), partial(_introduced, settings))


def _introduced(settings: Mapping[str, Any]) -> bool:
    whole = Settings.model_validate(settings)
    hosts = [(host.host, host.port) for host in whole.redis_address.hosts]
    sentinels = Sentinel(hosts, sentinel_kwargs=sentinel_options(whole)).sentinels
    try:
        states = [sentinel.sentinel_masters()[SERVICE] for sentinel in sentinels]
    except (RedisError, KeyError):
        return False
    finally:
        for sentinel in sentinels:
            sentinel.close()
    known = {(state["num-slaves"], state["num-other-sentinels"]) for state in states}
    return known == {(1, SENTINELS - 1)} and _answers(settings)


def _command(program: Path, options: Mapping[str, str]) -> tuple[str, ...]:
    pairs = ((f"--{name.replace('_', '-')}", value) for name, value in options.items())
    return (str(program), *(part for pair in pairs for part in pair))


def _answers(settings: Mapping[str, Any]) -> bool:
    with connect(Settings.model_validate(settings), patience_seconds=1, retries=0) as client:
        try:
            with state_errors("asking Redis"):
                return bool(client.ping())
        except StateError:
            return False


FORMS: Mapping[str, Callable[[Path], AbstractContextManager[Guarded]]] = {
    "a socket": redis_on_a_socket,
    "IPv6": redis_on_ipv6,
    "TLS": redis_with_tls,
    "Sentinels": redis_behind_sentinels,
    "Sentinels and TLS": partial(redis_behind_sentinels, tls=True),
}
"""How Redis is reached → where to have one like that."""
