"""A producer whose broker was away sends again by itself, and says meanwhile why it does not. On brokers of its own."""

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.errors import BusError
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Settings
from tests.brokers import Brokers
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.integration,
    # kafka-python 3.0.12 leaves a socket to the garbage collector for each connection that no broker takes.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

RECOVERY_SECONDS = 10.0


class Line:
    """Messages sent one after another, each until it has arrived, as a worker sends its commands."""

    def __init__(self, settings: Settings, producer: Producer, topic: str) -> None:
        self.settings = settings
        self.producer = producer
        self.topic = topic
        self.sent = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send_all)
        self._thread.start()

    def go_on(self) -> None:
        """Returns when messages arrive again, fails when none does within 10 s."""
        before = self.sent
        wait_for(lambda: self.sent > before + 3, RECOVERY_SECONDS)

    def end(self) -> list[bytes | None]:
        """What stands on the topic, each message once."""
        self._over.set()
        self._thread.join()
        read: dict[bytes | None, None] = {}
        with Consumer(self.settings) as consumer:
            consumer.assign({self.topic: None})
            wait_for(
                lambda: (
                    read.update(dict.fromkeys(record.value for record in consumer.poll(100)))
                    or b"%d" % (self.sent - 1) in read
                )
            )
        return list(read)

    def _send_all(self) -> None:
        while not self._over.is_set():
            try:
                self.producer.send(self.topic, "key", b"%d" % self.sent).wait()
            except BusError:
                continue
            self.sent += 1


@pytest.fixture
def brokers(new_brokers: Callable[[Path], Brokers], tmp_path: Path) -> Iterator[tuple[Brokers, Supervisor]]:
    made = new_brokers(tmp_path)
    with supervising(tmp_path) as supervisor:
        made.start(supervisor)
        yield made, supervisor
    gc.collect()


@contextmanager
def line_on(brokers: Brokers, settings: Settings) -> Iterator[Line]:
    own = Settings.model_validate({**settings.model_dump(), **brokers.settings})
    topic = f"{own.input_topic_prefix}.g.v1"
    with TopicAdmin(own) as admin, Producer(own) as producer:
        admin.create([topic])
        line = Line(own, producer, topic)
        try:
            wait_for(lambda: line.sent > 3)
            yield line
        finally:
            line.end()


@pytest.mark.timeout(120)
def test_a_producer_sends_on_after_its_broker_stood_still(
    brokers: tuple[Brokers, Supervisor], settings: Settings
) -> None:
    made, supervisor = brokers
    pids = [pid for service in made.services if (pid := supervisor.pid(service.name))]
    with line_on(made, settings) as line:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            trouble = wait_for(lambda: line.producer.trouble)
            assert not line.producer.probe()
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        assert trouble.reason == "the broker does not answer in time"
        line.go_on()
        assert line.producer.trouble is None
        assert line.end() == [b"%d" % number for number in range(line.sent)]


@pytest.mark.timeout(120)
@pytest.mark.broker("kafka", "kafka-sasl", "kafka-three")  # the embedded one comes back empty
def test_a_producer_sends_on_after_its_broker_was_killed(
    brokers: tuple[Brokers, Supervisor], settings: Settings
) -> None:
    made, supervisor = brokers
    with line_on(made, settings) as line:
        made.kill(supervisor)
        line.go_on()
        assert line.end() == [b"%d" % number for number in range(line.sent)]


@pytest.mark.timeout(120)
def test_a_producer_with_nothing_to_send_learns_by_a_probe_that_its_broker_is_back(
    brokers: tuple[Brokers, Supervisor], settings: Settings
) -> None:
    made, supervisor = brokers
    pids = [pid for service in made.services if (pid := supervisor.pid(service.name))]
    own = Settings.model_validate({**settings.model_dump(), **made.settings})
    topic = f"{own.input_topic_prefix}.g.v1"
    with TopicAdmin(own) as admin, Producer(own) as producer:
        admin.create([topic])
        producer.send(topic, "key", b"a").wait()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(BusError):
                producer.send(topic, "key", b"b").wait()
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        assert producer.trouble
        wait_for(producer.probe, RECOVERY_SECONDS)
        assert producer.trouble is None
