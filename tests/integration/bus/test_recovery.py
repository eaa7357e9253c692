"""A producer whose broker was away sends again by itself, and says meanwhile why it does not. On brokers of its own."""

import gc
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.errors import BusError
from cowboy.local.kafka import kafka_services, new_node
from cowboy.local.ports import free_binds
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Settings
from tests.brokers import Brokers
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.integration,
    # kafka-python 3.0.12 leaves a socket to the garbage collector for each connection that no broker takes.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

RECOVERY_SECONDS = 30.0
CLIENT_RETRY_SECONDS = 0.1
"""By itself kafka-python sends a message again after this at the soonest."""


class Line:
    """Messages sent one after another, each until it has arrived, as a worker sends its commands."""

    def __init__(self, settings: Settings, producer: Producer, topic: str) -> None:
        self.settings = settings
        self.producer = producer
        self.topic = topic
        self.sent = 0
        self._sent_again: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send_all)
        self._thread.start()

    def go_on(self) -> None:
        """Returns when messages arrive again, fails when none does within 10 s."""
        before = self.sent
        wait_for(lambda: self.sent > before + 3, RECOVERY_SECONDS)

    def end(self) -> None:
        """Fails unless every message stands on the topic, in order, and none twice that was not sent twice."""
        self._over.set()
        self._thread.join()
        read: list[bytes | None] = []
        with Consumer(self.settings) as consumer:
            consumer.assign({self.topic: None})

            def read_all() -> bool:
                read.extend(record.value for record in consumer.poll(100))
                return b"%d" % (self.sent - 1) in read and consumer.has_read_all()

            wait_for(read_all)
        assert list(dict.fromkeys(read)) == [b"%d" % number for number in range(self.sent)]
        doubled = {value for value, times in Counter(read).items() if times > 1}
        assert doubled <= self._sent_again, f"sent again: {self._sent_again}"

    def _send_all(self) -> None:
        while not self._over.is_set():
            value, began = b"%d" % self.sent, time.monotonic()
            try:
                self.producer.send(self.topic, "key", value).wait()
            except BusError:
                self._sent_again.add(value)
                continue
            if time.monotonic() - began > CLIENT_RETRY_SECONDS:
                self._sent_again.add(value)
            self.sent += 1


@pytest.fixture(autouse=True)
def _collect_sockets(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Here, where their warning is expected. What is logged would keep them."""
    caplog.set_level(logging.CRITICAL, "kafka")
    yield
    gc.collect()


@pytest.fixture(scope="module")
def brokers(
    new_brokers: Callable[[Path], Brokers], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Brokers, Supervisor]]:
    home = tmp_path_factory.mktemp("brokers")
    made = new_brokers(home)
    with supervising(home) as supervisor:
        made.start(supervisor)
        yield made, supervisor


@contextmanager
def standing_still(brokers: Brokers, supervisor: Supervisor) -> Iterator[None]:
    """The brokers do nothing, and their connections stay, until the block ends."""
    processes = [psutil.Process(pid) for service in brokers.services if (pid := supervisor.pid(service.name))]
    for process in processes:
        process.suspend()
        wait_for(lambda process=process: process.status() == psutil.STATUS_STOPPED)
    try:
        yield
    finally:
        for process in processes:
            process.resume()


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
    with line_on(brokers[0], settings) as line:
        with standing_still(*brokers):
            trouble = wait_for(lambda: line.producer.trouble)
            assert not line.producer.probe()
        assert trouble.reason == "the broker does not answer in time"
        line.go_on()
        assert line.producer.trouble is None


@pytest.mark.timeout(120)
@pytest.mark.broker("kafka", "kafka-sasl", "kafka-three")  # the embedded one comes back empty
def test_a_producer_sends_on_after_its_broker_was_killed(
    brokers: tuple[Brokers, Supervisor], settings: Settings
) -> None:
    made, supervisor = brokers
    with line_on(made, settings) as line:
        made.kill(supervisor)
        line.go_on()


@pytest.mark.timeout(120)
def test_a_producer_with_nothing_to_send_learns_by_a_probe_that_its_broker_is_back(
    brokers: tuple[Brokers, Supervisor], settings: Settings
) -> None:
    made, _ = brokers
    own = Settings.model_validate({**settings.model_dump(), **made.settings})
    topic = f"{own.input_topic_prefix}.g.v1"
    with TopicAdmin(own) as admin, Producer(own) as producer:
        admin.create([topic])
        producer.send(topic, "key", b"a").wait()
        with standing_still(*brokers), pytest.raises(BusError):
            producer.send(topic, "key", b"b").wait()
        assert producer.trouble
        wait_for(producer.probe, RECOVERY_SECONDS)
        assert producer.trouble is None


@pytest.mark.timeout(120)
@pytest.mark.broker("kafka")
def test_all_clients_find_a_broker_that_has_moved(settings: Settings, tmp_path: Path) -> None:
    former, later = free_binds(2)
    own = settings.model_copy(update={"kafka_bootstrap_servers": f"{former},{later}", "broker_kind": "kafka"})
    topic = f"{own.input_topic_prefix}.g.v1"
    with ExitStack() as stack:
        with supervising(tmp_path / "former") as supervisor:
            supervisor.start(kafka_services([new_node(former)], tmp_path))
            admin = stack.enter_context(TopicAdmin(own))
            producer, consumer = stack.enter_context(Producer(own)), stack.enter_context(Consumer(own))
            admin.create([topic])
            producer.send(topic, "key", b"a").wait()
            consumer.assign({topic: 0})
            assert wait_for(lambda: consumer.poll(50))[0].value == b"a"
        supervisor = stack.enter_context(supervising(tmp_path / "later"))
        supervisor.start(kafka_services([new_node(later)], tmp_path))

        assert wait_for(lambda: accepted(lambda: producer.send(topic, "key", b"b").wait()), RECOVERY_SECONDS)
        assert wait_for(lambda: consumer.poll(50), RECOVERY_SECONDS)[-1].value == b"b"
        wait_for(lambda: accepted(lambda: admin.create([f"{topic}.new"])), RECOVERY_SECONDS)


def accepted(call: Callable[[], object]) -> bool:
    try:
        call()
    except BusError:
        return False
    return True
