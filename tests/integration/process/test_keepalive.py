"""Every connection to Redis and Kafka says a word each minute, so that no NAT on the way forgets it."""

import os
import socket
from contextlib import ExitStack

import psutil
import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.settings import Settings
from cowboy.state.client import connect
from tests.queues import celery_on

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not hasattr(socket, "TCP_KEEPIDLE"), reason="this system tells no idle time of a socket"),
]


def test_connections_are_kept_alive_each_minute(settings: Settings) -> None:
    redis_port = settings.redis_address.hosts[0].port
    kafka_ports = {server.port for server in settings.kafka_servers}
    topic = f"{settings.input_topic_prefix}.keepalive.v1"
    before = idle_seconds({redis_port}) | idle_seconds(kafka_ports)
    with ExitStack() as stack:
        stack.enter_context(connect(settings)).ping()
        channel = stack.enter_context(stack.enter_context(celery_on(settings)).connection_for_write().channel())
        with channel.conn_or_acquire() as client:
            client.ping()
        channel.client.ping()
        admin = stack.enter_context(TopicAdmin(settings))
        admin.create([topic])
        stack.enter_context(Producer(settings)).send(topic, "k", b"v").wait()
        consumer = stack.enter_context(Consumer(settings))
        consumer.assign({topic: None})
        consumer.poll(100)

        for ports in ({redis_port}, kafka_ports):
            mine = [seconds for local, seconds in idle_seconds(ports).items() if local not in before]
            assert len(mine) >= 3
            assert set(mine) == {60}
        admin.delete([topic])


def idle_seconds(ports: set[int]) -> dict[tuple[str, int], int]:
    """For each connection of this process to one of these ports, after which rest it is probed; 0 for never."""
    found = {}
    for connection in psutil.Process().net_connections("tcp"):
        if connection.raddr and connection.raddr.port in ports:
            with socket.socket(fileno=os.dup(connection.fd)) as copy:
                alive = copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                found[connection.laddr] = alive and copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
    return found
