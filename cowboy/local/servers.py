"""The embedded servers: Redis and a broker of the Kafka protocol, on loopback only.

For a laptop, a demonstration and the tests. The broker keeps everything in memory; Redis keeps its data in the home.
"""

from functools import partial
from pathlib import Path

from cowboy.local.probes import broker_answers, redis_answers
from cowboy.local.programs import find_broker, find_redis
from cowboy.local.service import Listener, Service
from cowboy.settings import Bind


def redis_service(bind: Bind, home: Path) -> Service:
    """Redis with its data in `<home>/redis`; a kill costs it nothing that it has answered. Raises `ServerMissing`."""
    folder = home / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "bind": bind.host,
        "port": str(bind.port),
        "dir": str(folder),
        "daemonize": "no",
        "protected-mode": "yes",
        "appendonly": "yes",
        # Writes before it answers; the system brings it to the disk. With "everysec", Redis holds writes back for up to
        # two seconds while a disk is slow, and loses them when it is killed then: a used turn could be played again.
        "appendfsync": "no",
        # Rewritten often: a server that starts again reads every write since the last rewrite, and all clients wait.
        "auto-aof-rewrite-min-size": "8mb",
        "auto-aof-rewrite-percentage": "50",
        "save": "",
        # A full memory must refuse a write loudly rather than drop a turn quietly.
        "maxmemory-policy": "noeviction",
    }
    return Service(
        name="redis",
        command=(str(find_redis(home)), *(part for key, value in options.items() for part in (f"--{key}", value))),
        ready=partial(redis_answers, f"redis://{bind}/0"),
        listeners=(Listener(bind, "COWBOY_REDIS_URL=redis://127.0.0.1:<other>/0"),),
    )


def broker_service(bind: Bind, home: Path) -> Service:
    """Tansu, in memory. `home` takes a copy of its program where that is needed. Raises `ServerMissing`."""
    url = f"tcp://{bind}"
    return Service(
        name="broker",
        command=(
            *(str(find_broker(home)), "broker", "--storage-engine", "memory://tansu/"),
            *("--listener-url", url, "--advertised-listener-url", url),
        ),
        ready=partial(broker_answers, bind),
        listeners=(Listener(bind, "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:<other>"),),
    )
