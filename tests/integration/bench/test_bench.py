"""`cowboy bench` from beginning to end, with sizes that measure nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cowboy.bench.load import recorded_load
from cowboy.bench.measurement import measure
from cowboy.bench.systems import SYSTEMS, System
from cowboy.bus.admin import TopicAdmin
from cowboy.errors import WorldError
from cowboy.local.environment import local_settings
from cowboy.settings import Settings
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]

ECHO = SYSTEMS[0]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return local_settings(Settings(home=tmp_path), free_ports=True)


@pytest.mark.broker("tansu")
def test_it_measures_every_system_and_leaves_nothing_behind(tmp_path: Path) -> None:
    measure_all(tmp_path)


@pytest.mark.broker("kafka")
def test_it_measures_every_system_on_an_apache_kafka_and_leaves_nothing_behind_there(
    tmp_path: Path, broker_settings: Mapping[str, object]
) -> None:
    with TopicAdmin(Settings.model_validate(broker_settings)) as admin:
        before = set(admin.list())
        measure_all(tmp_path, "--kafka", str(broker_settings["kafka_bootstrap_servers"]), "--with-arena")
        wait_for(lambda: {topic for topic in admin.list() if topic.startswith("bench-")} <= before)


def measure_all(tmp_path: Path, *more: str) -> None:
    options = ("--rounds", "1", "--turns", "20", "--games", "3", "--json", *more)
    done = subprocess.run(
        [sys.executable, "-m", "cowboy", "bench", *options],
        env={**os.environ, "COWBOY_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    document = json.loads(done.stdout)
    (measured,) = document["rounds"]
    assert measured["systems"].keys() == {"echo", "bare", "ours"}
    assert all(loads[load]["turns"] >= 20 for loads in measured["systems"].values() for load in ("alone", "crowd"))
    assert measured["systems"]["ours"]["crowd"]["cpu_ms_per_turn"].keys() >= {"bridge", "worker-i1", "worker-i2"}
    assert len(document["aims"]) == 3
    for item in document["aims"]:
        sign, bound = item["aim"].split()
        holds = item["median"] <= float(bound) if sign == "≤" else item["median"] >= float(bound)
        assert item["met"] == holds
    assert list(tmp_path.iterdir()) == []


def test_commands_that_are_not_the_recorded_ones_void_a_measurement(settings: Settings) -> None:
    liar = System("liar", ECHO.assign, ECHO.services, decides=True)
    load = recorded_load(settings, games=2, turns=20, instances=("i1",))

    with pytest.raises(WorldError, match=r"turn 1 of game .* was answered with"):
        measure(settings, liar, load)
