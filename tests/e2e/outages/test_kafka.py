"""Apache Kafka pauses, is killed, comes back under another address, or loses one node after the other: each time in the
middle of 20 games nothing is doubled, turns are lost only while it is away, and all games go on soon after."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import HOSTS, BrokerKind, Brokers
from tests.e2e.outages.campaign import PLAN
from tests.e2e.outages.house import PATIENCE_SECONDS

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("plain_environment", "_ours"),
]


@pytest.fixture
def _ours(new_brokers: Callable[[Path], Brokers]) -> None:
    """Not on a broker that somebody else has named."""


def play(home: Path, brokers: str, trouble: str, **environment: str) -> Mapping[str, Any]:
    """The outcome of twenty games in which that happens."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.outages.campaign", str(home), brokers, trouble],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    outcome: Mapping[str, Any] = json.loads(done.stdout)
    print(f"\n{brokers}, {trouble}: {outcome}", flush=True)  # noqa: T201  # figures for people
    return outcome


def check(outcome: Mapping[str, Any]) -> None:
    assert outcome["violations"] == []
    assert (outcome["finished"], outcome["met"]) == (PLAN.games, PLAN.games)
    assert outcome["recovery_seconds"] - outcome["away_seconds"] <= PATIENCE_SECONDS


@pytest.mark.broker("kafka", "kafka-sasl")
@pytest.mark.parametrize(
    "trouble",
    [
        "pause",
        # A plain one is killed below, and comes back under another address.
        pytest.param("kill", marks=pytest.mark.broker("kafka-sasl")),
    ],
)
def test_games_go_on_after_kafka_was_away(broker_kind: BrokerKind, tmp_path: Path, trouble: str) -> None:
    check(play(tmp_path, broker_kind, trouble))


@pytest.mark.broker("kafka")
def test_games_go_on_when_kafka_has_come_back_under_another_address(tmp_path: Path) -> None:
    names = {"PYTHONPATH": str(HOSTS), "COWBOY_TEST_HOSTS": str(tmp_path / "hosts")}
    check(play(tmp_path, "moving", "kill", **names))


@pytest.mark.broker("kafka-three")
def test_games_go_on_while_one_of_three_nodes_after_the_other_is_killed(tmp_path: Path) -> None:
    check(play(tmp_path, BrokerKind.KAFKA_THREE, "nodes"))
