"""Apache Kafka on this machine: nodes that are broker and controller in one (KRaft), on loopback, data in the home.

Where the embedded broker is not enough: for trying out what a deployment meets. Needs Java and Kafka's own files.
"""

import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cowboy.errors import OperatorError
from cowboy.local.ports import free_binds
from cowboy.local.probes import broker_answers
from cowboy.local.programs import find_java, find_kafka
from cowboy.local.service import Listener, Service
from cowboy.settings import Bind

# Small and soon ready: a node on a laptop serves one system.
JVM_OPTIONS = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
CLUSTER_ID = "cowboyLocalKafkaNodesA"
"""Kafka wants a UUID of 22 letters, the same on each node."""
FORMAT_SECONDS = 60.0


class Node(NamedTuple):
    """Where a node listens: for clients, for the other nodes' brokers (and our probe), and for their controllers."""

    name: str
    clients: Bind
    brokers: Bind
    controllers: Bind


def new_node(clients: Bind, name: str = "broker") -> Node:
    """A node that clients reach there, and others at ports that are free at this moment."""
    return Node(name, clients, *free_binds(2))


def kafka_services(
    nodes: Sequence[Node],
    home: Path,
    *,
    properties: Mapping[str, str] | None = None,
    format_options: Sequence[str] = (),
) -> tuple[Service, ...]:
    """A cluster of these nodes. What a node has stored is in `<home>/<name>`, and a later one of that name goes on
    with it, also at another address.

    `properties` are added to those of each node's `server.properties`, `format_options` to the command that prepares a
    node's folder, once. Raises `ServerMissing`, and `OperatorError` when a folder cannot be prepared.
    """
    java = (str(find_java()), *JVM_OPTIONS, "-cp", f"{find_kafka()}/*")
    voters = ",".join(f"{number}@{node.controllers}" for number, node in enumerate(nodes, 1))
    services = []
    for number, node in enumerate(nodes, 1):
        folder = home / node.name
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "server.properties"
        wanted = _properties(node, number, voters, len(nodes), folder) | dict(properties or {})
        file.write_text("".join(f"{key}={value}\n" for key, value in wanted.items()))
        if not (folder / "data" / "meta.properties").exists():
            _format(java, file, format_options)
        services.append(
            Service(
                name=node.name,
                command=(*java, "kafka.Kafka", str(file)),
                ready=partial(broker_answers, node.brokers),
                listeners=(Listener(node.clients, "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:<other>"),),
            )
        )
    return tuple(services)


def _properties(node: Node, number: int, voters: str, count: int, folder: Path) -> dict[str, str]:
    """Topics that only Kafka itself uses are on all nodes; all but one of which have to be there."""
    return {
        "process.roles": "broker,controller",
        "node.id": str(number),
        "controller.quorum.voters": voters,
        "listeners": f"CLIENTS://{node.clients},BROKERS://{node.brokers},CONTROLLERS://{node.controllers}",
        "advertised.listeners": f"CLIENTS://{node.clients},BROKERS://{node.brokers}",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLERS:PLAINTEXT",
        "inter.broker.listener.name": "BROKERS",
        "controller.listener.names": "CONTROLLERS",
        "log.dirs": str(folder / "data"),
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(count),
        "offsets.topic.replication.factor": str(count),
        "transaction.state.log.replication.factor": str(count),
        "transaction.state.log.min.isr": str(max(1, count - 1)),
    }


def _format(java: Sequence[str], file: Path, options: Sequence[str]) -> None:
    command = (*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(file), *options)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FORMAT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise OperatorError(f"preparing {file.parent} for Kafka took more than {FORMAT_SECONDS:.0f} s") from None
    if done.returncode:
        raise OperatorError(f"{file.parent} cannot be prepared for Kafka: {(done.stderr or done.stdout)[-1000:]}")
