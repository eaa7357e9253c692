"""A process that reads from Kafka and gets no answer says so, is not healthy, and says so no more when it can again."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cowboy.local.doctor import population
from cowboy.local.ports import free_binds
from cowboy.local.probes import http_answers
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.processes import Processes, ProcessSheet
from tests.brokers import Brokers
from tests.processes import running
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

OLD_SECONDS = 4.0


@pytest.mark.parametrize("service", ["bridge", "arena"])
def test_a_reader_whose_broker_stands_still_is_deaf_until_it_answers(
    service: str, new_brokers: Callable[[Path], Brokers], settings: Settings, redis: Redis, tmp_path: Path
) -> None:
    brokers, healthy = new_brokers(tmp_path), tmp_path / "healthy"
    binds = dict(zip(("arena_bind", "game_manager_bind"), free_binds(2), strict=True))
    changes = {"heartbeat_seconds": 0.5, "health_file": healthy, **binds}
    own = Settings.model_validate({**settings.model_dump(), **brokers.settings, **changes})
    processes = Processes(redis, Keys(own.key_prefix), own.dead_after_seconds)

    def sheet() -> ProcessSheet | None:
        return next((sheet for sheet in processes.live() if sheet.kind == service), None)

    with supervising(tmp_path) as supervisor:
        brokers.start(supervisor)
        with running("cowboy", service, settings=own):
            wait_for(healthy.exists, 60)
            if service == "arena":  # it is alive before it serves
                wait_for(lambda: http_answers(own.game_manager_bind, "/health"), 60)
            assert not (found := sheet()) or found.deaf_since is None
            nodes = [psutil.Process(pid) for item in brokers.services if (pid := supervisor.pid(item.name))]
            for node in nodes:
                node.suspend()
            try:
                deaf = wait_for(lambda: (found := sheet()) and found.deaf_since and found, 60)
                assert "broker" in deaf.deaf_why
                assert any(finding.subject == "reading" for finding in population(own, redis))
                wait_for(lambda: time.time() - healthy.stat().st_mtime > OLD_SECONDS, 60)
            finally:
                for node in nodes:
                    node.resume()
            wait_for(lambda: (found := sheet()) and found.deaf_since is None, 60)
            wait_for(lambda: time.time() - healthy.stat().st_mtime < OLD_SECONDS, 60)
