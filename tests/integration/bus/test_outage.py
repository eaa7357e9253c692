"""Without a broker every client gives up in bounded time with an error of ours.

In a process of its own: kafka-python leaves sockets behind when no broker answers.
"""

import subprocess
import sys

import pytest

from cowboy.local.ports import free_binds

pytestmark = pytest.mark.integration

PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.errors import BusError
from cowboy.settings import Settings


def error_of(client):
    try:
        client(Settings(kafka_bootstrap_servers=sys.argv[1]))
    except BusError as error:
        return error


with ThreadPoolExecutor() as pool:
    for error in pool.map(error_of, [TopicAdmin, Consumer, Producer]):
        print(error)
"""


@pytest.mark.timeout(60)
def test_a_broker_that_is_not_there_is_an_error_that_names_it() -> None:
    (nobody,) = free_binds(1)
    done = subprocess.run([sys.executable, "-c", PROGRAM, nobody], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"connecting to {nobody}: ") for line in lines)
