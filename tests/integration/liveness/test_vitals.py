"""A process whose heart beats is healthy, unless it cannot send."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cowboy.bus.trouble import Trouble
from cowboy.liveness import vitals
from cowboy.process.health_file import HealthFile
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.state import State

pytestmark = pytest.mark.integration


class Sender:
    """One whose broker does not answer."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = Trouble("no broker answers", datetime.now(UTC) - timedelta(minutes=1))

    def probe(self) -> bool:
        return False


def test_it_is_healthy_while_it_can_send(
    settings: Settings, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, sender = tmp_path / "healthy", Sender()
    monkeypatch.setattr(vitals, "health_file", lambda: HealthFile(file, settings.dead_after_seconds))
    vitals.watch(sender)
    process = vitals.Vitals(State(settings, redis), "worker", "w")
    process.beat()
    assert not file.exists()
    sender.trouble = None
    process.beat()
    assert file.exists()
