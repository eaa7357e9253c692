"""The private parts of kombu that Cowboy changes are where it looks for them, and do what it expects of them."""

import pytest
from kombu.exceptions import OperationalError

from cowboy.celery.application import app
from cowboy.celery.kombu_internals import LONGEST_REST_SECONDS, Transport
from cowboy.state.client import Redis

pytestmark = pytest.mark.integration


def test_every_broker_connection_of_the_application_uses_it(redis: Redis) -> None:
    for scheme in ("redis", "rediss"):
        assert isinstance(app.connection_for_write(f"{scheme}://127.0.0.1:1/0").transport, Transport)


def test_a_channel_keeps_its_client_until_its_connections_are_given_up(redis_url: str) -> None:
    with app.connection_for_write(redis_url) as connection, connection.channel() as channel:
        with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
            assert first is second
            assert first.ping()
        channel._disconnect_pools()
        with channel.conn_or_acquire() as third:
            assert third is not first
            assert third.ping()


def test_a_redis_that_stays_away_is_looked_for_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kombu.utils.functional.sleep", lambda _seconds: None)
    rests: list[float] = []
    with app.connection_for_read("redis://127.0.0.1:1/0") as connection, pytest.raises(OperationalError):
        connection.ensure_connection(lambda _error, rest: rests.append(rest), max_retries=30)
    assert len(rests) >= 30
    assert max(rests) == LONGEST_REST_SECONDS


def test_a_connection_that_was_given_up_counts_as_one_that_is_away(redis_url: str) -> None:
    """A worker wants to put messages back, or to acknowledge some, and survives connection errors only."""
    with app.connection_for_read(redis_url) as connection:
        channel = connection.default_channel
        with channel.conn_or_acquire() as client:
            assert client.ping()
        connection.collect()
        with pytest.raises(connection.connection_errors, match="given up"):
            channel.qos.ack("1")
