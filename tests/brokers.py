"""The brokers that tests can run on: the embedded one, or Apache Kafka as deployments have it.

Apache Kafka comes from `KAFKA_HOME`, else from Maven Central into the checkout's `build` folder. With
`COWBOY_TEST_KAFKA`, a broker's address, `--broker kafka` means that one, and no test can stop it.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from cowboy.bus.admin import TopicAdmin
from cowboy.errors import BusError, ServerMissing
from cowboy.local.kafka import kafka_services, new_node
from cowboy.local.ports import free_binds
from cowboy.local.programs import find_java, find_kafka
from cowboy.local.servers import broker_service
from cowboy.local.service import Stage
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Bind, Settings
from tests.certificates import Certificates, make_certificates
from tests.waiting import wait_for

BUILD = Path(__file__).parents[1] / "build"
KAFKA_VERSION = "4.1.0"
DOWNLOAD_SECONDS = 600
USER, PASSWORD = "cowboy", "a-password-of-the-tests"
GUEST = "guest"
"""Logs in with the same password, by PLAIN, and has no right at all."""

POM = f"""\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""


HOSTS = Path(__file__).parent / "hosts"
"""What has this folder on its PYTHONPATH finds hosts by the file that COWBOY_TEST_HOSTS names."""
_NAME = "kafka.cowboy.test"
_NO_ADDRESS = "127.0.0.0"
# Its arguments: the properties, the file of hosts, then what to run. Each start takes the next address.
_MOVE = f"""
properties=$1 hosts=$2
shift 2
starts=$(($(cat "$hosts.starts" 2>/dev/null || echo 1) + 1))
echo $starts >"$hosts.starts"
sed "s/{_NO_ADDRESS}/127.0.0.$starts/" "$properties" >"$properties.now"
echo "127.0.0.$starts {_NAME}" >"$hosts"
exec "$@" "$properties.now"
"""

_ROOMY = {"message.max.bytes": "20000000", "replica.fetch.max.bytes": "20000000"}
"""So that tests can write what our readers must refuse."""


class BrokerKind(StrEnum):
    TANSU = "tansu"
    """The embedded one."""
    KAFKA = "kafka"
    KAFKA_SASL = "kafka-sasl"
    """TLS, a login by SCRAM-SHA-512 or PLAIN, and rights."""
    KAFKA_THREE = "kafka-three"
    """Three nodes, each with a copy of everything; two are enough to go on."""


@dataclass(frozen=True)
class Brokers:
    """Services to be started, and the settings that reach them."""

    services: Stage
    settings: Mapping[str, object]

    def start(self, supervisor: Supervisor) -> None:
        """Until all of them are there."""
        supervisor.start(self.services)
        if len(self.services) > 1:
            wait_for(self._all_can_have_copies)

    def kill(self, supervisor: Supervisor) -> None:
        """As kill -9 would, all of them, and until they are there again: with what they had, or, if it is the embedded
        one, empty."""
        former = {service.name: supervisor.pid(service.name) for service in self.services}
        for pid in filter(None, former.values()):
            os.kill(pid, signal.SIGKILL)
        supervisor.watch(
            until=lambda: (
                all(supervisor.pid(name) not in {pid, None} for name, pid in former.items())
                and all(service.ready() for service in self.services)
            )
        )

    def _all_can_have_copies(self) -> bool:
        """A node that answers is not yet one that the others know."""
        try:
            with TopicAdmin(Settings.model_validate(self.settings)) as admin:
                admin.create(["all-are-there"])
                admin.delete(["all-are-there"])
        except BusError:
            return False
        return True


def make_brokers(kind: BrokerKind, home: Path) -> Brokers:
    """Brokers of that kind at free ports, with what they store in `home`. Raises `ServerMissing`."""
    if kind is BrokerKind.TANSU:
        (bind,) = free_binds(1)
        return Brokers((broker_service(bind, home),), {"kafka_bootstrap_servers": str(bind), "broker_kind": "tansu"})
    names = ("broker-1", "broker-2", "broker-3") if kind is BrokerKind.KAFKA_THREE else ("broker",)
    nodes = [new_node(bind, name) for bind, name in zip(free_binds(len(names)), names, strict=True)]
    settings: dict[str, object] = {
        "kafka_bootstrap_servers": ",".join(node.clients for node in nodes),
        "broker_kind": "kafka",
    }
    properties = dict(_ROOMY)
    format_options: tuple[str, ...] = ()
    if kind is BrokerKind.KAFKA_THREE:
        settings |= {"topic_replication_factor": 3, "topic_min_insync_replicas": 2}
    if kind is BrokerKind.KAFKA_SASL:
        certificates = make_certificates(home / "certificates")
        properties |= _guarded(certificates)
        format_options = ("--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")
        settings |= {
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_mechanism": "SCRAM-SHA-512",
            "kafka_username": USER,
            "kafka_password": SecretStr(PASSWORD),
            "kafka_ca_file": certificates.ca,
        }
    return Brokers(kafka_services(nodes, home, properties=properties, format_options=format_options), settings)


def moving_kafka(home: Path, hosts: Path) -> Brokers:
    """An Apache Kafka that has another address each time it is started, under one name, as a container has that is made
    anew. `hosts` is the file that says which (`tests/hosts`). Raises `ServerMissing`."""
    (bind,) = free_binds(1)
    node = new_node(Bind(f"127.0.0.2:{bind.port}"))
    listeners = (
        f"CLIENTS://{_NO_ADDRESS}:{bind.port},BROKERS://{node.brokers},CONTROLLERS://{node.controllers}",
        f"CLIENTS://{_NAME}:{bind.port},BROKERS://{node.brokers}",
    )
    properties = dict(zip(("listeners", "advertised.listeners"), listeners, strict=True))
    (service,) = kafka_services([node], home, properties=properties)
    *java, file = service.command
    command = ("/bin/sh", "-c", _MOVE, "move", file, str(hosts), *java)
    settings = {"kafka_bootstrap_servers": f"{_NAME}:{bind.port}", "broker_kind": "kafka"}
    return Brokers((replace(service, command=command),), settings)


def _guarded(certificates: Certificates) -> dict[str, str]:
    """Properties of a node whose clients' listener wants TLS and a login."""
    modules = "org.apache.kafka.common.security"
    return {
        "listener.security.protocol.map": "CLIENTS:SASL_SSL,BROKERS:PLAINTEXT,CONTROLLERS:PLAINTEXT",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{USER};User:ANONYMOUS",  # the nodes themselves do not log in
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "listener.name.clients.plain.sasl.jaas.config": (
            f'{modules}.plain.PlainLoginModule required user_{USER}="{PASSWORD}" user_{GUEST}="{PASSWORD}";'
        ),
        "listener.name.clients.scram-sha-512.sasl.jaas.config": f"{modules}.scram.ScramLoginModule required;",
        "listener.name.clients.ssl.keystore.type": "PEM",
        "listener.name.clients.ssl.keystore.location": str(certificates.server),
        "listener.name.clients.ssl.truststore.type": "PEM",
        "listener.name.clients.ssl.truststore.location": str(certificates.ca),
        "listener.name.clients.ssl.client.auth": "requested",
    }


def provide_kafka() -> None:
    """Makes sure that `find_kafka` finds one, if need be by a download. Raises `ServerMissing` where that fails.

    From then on all nodes, also those of our own programs, start with the classes that are kept in an archive.
    """
    find_java()
    if not os.environ.get("KAFKA_HOME"):
        folder = BUILD / f"kafka-{KAFKA_VERSION}"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "libs").exists():
                _download(folder)
        os.environ["KAFKA_HOME"] = str(folder)
    former, wanted = os.environ.get("JAVA_TOOL_OPTIONS", ""), f'-XX:SharedArchiveFile="{_class_archive()}"'
    if wanted not in former:
        os.environ["JAVA_TOOL_OPTIONS"] = f"{former} {wanted}"


def _class_archive() -> Path:
    """Kafka's classes as this Java loads them: with them a node starts in half the time, and dozens are started."""
    of_what = f"{find_java().resolve()} {find_kafka()}"
    archive = BUILD / f"kafka-{hashlib.sha256(of_what.encode()).hexdigest()[:12]}.jsa"
    BUILD.mkdir(exist_ok=True)
    with archive.with_suffix(".lock").open("w") as lock, TemporaryDirectory() as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            home, made = Path(folder), archive.with_suffix(".part")
            (bind,) = free_binds(1)
            (service,) = kafka_services([new_node(bind)], home)
            java, *arguments = service.command
            command = (java, f"-XX:ArchiveClassesAtExit={made}", *arguments)
            with supervising(home) as supervisor:
                supervisor.start((replace(service, command=command, stop_grace_seconds=60),))
            if made.exists():  # not every Java makes one; all start without it, too
                made.rename(archive)
    return archive


def _download(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerMissing("no Apache Kafka: neither KAFKA_HOME is set, nor is there an mvn to fetch it with")
    pom, libs = folder / "pom.xml", folder / "libs.part"
    pom.write_text(POM)
    options = ("-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={libs}")
    done = subprocess.run([maven, *options], capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False)
    if done.returncode:
        raise ServerMissing(f"no Apache Kafka: KAFKA_HOME is not set, and mvn could not fetch it: {done.stdout[-500:]}")
    libs.rename(folder / "libs")
