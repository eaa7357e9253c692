"""Every answer of Redis that may pass: our clients and Celery's outlive it, and go on after it."""

from collections.abc import Iterator

import pytest
from kombu.exceptions import OperationalError

from cowboy.celery.application import app
from cowboy.errors import StateRefused
from cowboy.local.ports import free_binds
from cowboy.settings import Settings
from cowboy.state.client import Call, call_all, connect, refused_write, script, state_errors
from cowboy.state.keys import Keys
from cowboy.state.refusals import PASSING
from tests.refusing import Gate, gate_to

pytestmark = pytest.mark.integration

each_answer = pytest.mark.parametrize("answer", PASSING)


@pytest.fixture
def gate(settings: Settings) -> Iterator[Gate]:
    (bind,) = free_binds(1)
    with gate_to(settings.redis_address.hosts[0], bind) as gate:
        yield gate


@each_answer
def test_our_clients_say_what_it_means_and_go_on_after_it(settings: Settings, gate: Gate, answer: str) -> None:
    own = settings.model_copy(update={"redis_url": gate.url})
    keys = Keys(own.key_prefix)
    with connect(own, retries=0) as client:
        beat = script(client, "note_beat")
        call = Call(beat, keys=[keys.bridges], args=["b1"])
        call_all(client, [call])
        gate.answer = answer
        for write in (lambda: client.set(keys.probe, 1, px=1), lambda: call_all(client, [call])):
            with pytest.raises(StateRefused) as refused, state_errors("writing"):
                write()
            assert str(refused.value) == f"writing: Redis {PASSING[answer]}"
        assert refused_write(client, keys) == PASSING[answer]
        gate.answer = ""
        assert refused_write(client, keys) is None
        call_all(client, [call])
        client.delete(keys.bridges)


@each_answer
def test_to_celery_it_is_a_connection_that_broke(gate: Gate, answer: str) -> None:
    with app.connection_for_read(gate.url) as connection:
        connection.transport_options |= {"max_retries": 1, "interval_start": 0}  # else it tries for seconds
        gate.answer = answer
        with pytest.raises((OperationalError, *connection.connection_errors)):
            connection.default_channel.queue_declare("q")
        gate.answer = ""
        connection.collect()
        connection.ensure_connection(max_retries=3)
