"""A supervisor as a process of its own, for tests to interrupt and kill: a real Redis and a parent of a grandchild.

Arguments: the home, and what the parent's shell does first. Prints one JSON line when all is ready: process ids, and
the port of Redis.
"""

import json
import sys
from pathlib import Path

from cowboy.local.ports import free_binds
from cowboy.local.servers import redis_service
from cowboy.local.service import Service
from cowboy.local.signals import stop_signals_interrupt
from cowboy.local.supervisor import supervising


def main(home: Path, first: str) -> None:
    (bind,) = free_binds(1)
    log = home / "logs" / "parent.log"
    script = f"{first}; sleep 1000 & echo $!; while :; do sleep 0.01; done"
    parent = Service("parent", ("/bin/sh", "-c", script), ready=lambda: bool(log.read_text()))
    with stop_signals_interrupt(), supervising(home) as supervisor:
        supervisor.start((redis_service(bind, home),), (parent,))
        pids = {name: supervisor.pid(name) for name in ("redis", "parent")}
        pids |= {"reaper": supervisor._reaper.pid, "grandchild": int(log.read_text())}
        sys.stdout.write(json.dumps({"pids": pids, "port": bind.port}) + "\n")
        sys.stdout.flush()
        supervisor.watch()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except KeyboardInterrupt:
        sys.exit(0)
