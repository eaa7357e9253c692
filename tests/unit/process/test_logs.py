"""Logs: one form for our lines and the libraries', and never a value that a traceback happened to hold."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from unittest.mock import Mock

import pytest
import structlog
from kafka.cluster import ClusterMetadata
from kafka.net.transport import KafkaTCPTransport
from kafka.protocol.metadata import MetadataResponse

from cowboy.process.logs import configure_logs
from cowboy.settings import Settings

pytestmark = pytest.mark.usefixtures("plain_environment")

SECRET = "a token nobody may see"


@pytest.fixture(autouse=True)
def _logging_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    for module, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    yield
    logging.captureWarnings(capture=False)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def decode(token: str) -> bytes:
    return bytes.fromhex("no" + token[:0])


def crash() -> None:
    try:
        decode(SECRET)
    except ValueError:
        structlog.get_logger("mine").exception("it_crashed", game_id="g1")


def test_a_line_of_json_holds_what_happened_and_to_what(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_format="json"))
    structlog.get_logger("mine").warning("game_ended", game_id="g1", bots=2)
    logging.getLogger("theirs").warning("odd %s", "thing")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {"event": "game_ended", "game_id": "g1", "bots": 2, "level": "warning", "logger": "mine"}
    assert (theirs["event"], theirs["logger"]) == ("odd thing", "theirs")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_crash_is_told_with_its_place_and_without_the_values_there(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    configure_logs(Settings(log_format=form))
    crash()
    told = capsys.readouterr().err
    assert "it_crashed" in told
    assert "ValueError" in told
    assert "test_logs.py" in told
    assert SECRET not in told


def test_what_is_less_severe_than_asked_for_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_level="warning"))
    structlog.get_logger("mine").info("flow")
    logging.getLogger("theirs").info("flow")
    assert capsys.readouterr().err == ""


def test_a_connection_that_is_being_closed_is_not_reported_as_broken(capsys: pytest.CaptureFixture[str]) -> None:
    """The library closes in one thread what another is still reading, and calls that an error."""
    configure_logs(Settings(log_format="json"))
    ours = Mock(**{"recv.side_effect": OSError("reset")})
    ours.getpeername.return_value = ours.getsockname.return_value = ("127.0.0.1", 9092)
    transport = KafkaTCPTransport(Mock(), ours)
    transport._sock_recv()
    transport.close()
    transport._sock_recv()
    (line,) = capsys.readouterr().err.splitlines()
    assert "reset" in line


def test_configuring_twice_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        configure_logs(Settings(log_format="json"))
    structlog.get_logger("mine").warning("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_topic_that_is_gone_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings())
    cluster = ClusterMetadata()
    cluster.set_topics(["gone"])
    topic = MetadataResponse.MetadataResponseTopic(error_code=3, name="gone", is_internal=False, version=9)
    broker = MetadataResponse.MetadataResponseBroker(1, "h", 1, None, version=9)
    answer = MetadataResponse(brokers=[broker], controller_id=1, cluster_id="c", topics=[topic], version=9)
    cluster.update_metadata(answer)
    assert cluster.need_update
    assert capsys.readouterr().err == ""
