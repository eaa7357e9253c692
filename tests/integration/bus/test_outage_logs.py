"""A process whose broker is away says so in a few lines, not in several a second."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cowboy.local.supervisor import supervising
from cowboy.settings import Settings
from tests.brokers import Brokers
from tests.processes import environment_for
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

AWAY_SECONDS = 10.0
KINDS = 20
"""Places in the library that may each tell of an outage once a minute."""

PROGRAM = """
import os
import sys
import threading

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.errors import BusError
from cowboy.process.logs import configure_logs
from cowboy.settings import settings


def again(call):
    while True:
        try:
            call()
        except BusError:
            pass


configure_logs(settings())
topic = f"{settings().output_topic_prefix}.g.v1"
with TopicAdmin(settings()) as admin, Producer(settings()) as producer, Consumer(settings()) as consumer:
    admin.create([topic])
    consumer.assign({topic: 0})
    for call in (admin.list, lambda: producer.send(topic, "k", b"x").wait(), lambda: consumer.poll(100)):
        threading.Thread(target=again, args=(call,), daemon=True).start()
    print("begun", flush=True)
    sys.stdin.read()
    os._exit(0)  # closing would wait for the broker
"""


def test_clients_whose_broker_is_away_tell_each_thing_once(
    new_brokers: Callable[[Path], Brokers], settings: Settings, tmp_path: Path
) -> None:
    made, log = new_brokers(tmp_path), tmp_path / "log"
    own = Settings.model_validate({**settings.model_dump(), **made.settings, "log_format": "json"})
    with log.open("wb") as errors:
        with supervising(tmp_path) as supervisor:
            made.start(supervisor)
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                env=environment_for(own),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            before = len(log.read_text().splitlines())
        with process:
            until = time.monotonic() + AWAY_SECONDS
            wait_for(lambda: time.monotonic() > until)
            assert process.stdin is not None
            process.stdin.close()
    lines = log.read_text().splitlines()[before:]
    assert lines, "nobody was told of the outage"
    assert len(lines) <= KINDS, "\n".join(lines[:100])
