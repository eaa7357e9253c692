"""A worker whose machine's clock is wrong by minutes plays and learns like any other, and says how wrong it is."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cowboy.bots.services import Services
from cowboy.celery.dispatch import OpenTurn, dispatch
from cowboy.models.profiles import Profiles
from cowboy.settings import Settings
from cowboy.state.bindings import Bindings, BindingStatus
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.processes import Processes, told_skew
from cowboy.state.state import State
from tests.clocks import skew_programs
from tests.game_manager import game_manager_server
from tests.integration.turns.desk import Desk
from tests.queues import celery_on
from tests.tables import game
from tests.waiting import wait_for
from tests.workers import worker

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(params=[90.0, -90.0], ids=["ahead", "behind"])
def ahead_seconds(request: pytest.FixtureRequest) -> float:
    return float(request.param)


@pytest.fixture
def desk(
    settings: Settings, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead_seconds: float
) -> Iterator[Desk]:
    """With a worker at work, i1, whose clock is wrong. Longer turns than that would hide it."""
    with ExitStack() as stack:
        manager = stack.enter_context(game_manager_server())
        manager.know(game("g1"))
        own = settings.model_copy(update={"heartbeat_seconds": 0.5, "game_manager_base_url": manager.base_url})
        skew_programs(monkeypatch, tmp_path / "skewed", ahead_seconds)
        stack.enter_context(celery_on(own))
        stack.enter_context(worker(own))
        yield Desk(own, redis)


def test_a_turn_is_played_and_its_latency_is_true(desk: Desk) -> None:
    turn = desk.open_turn("g1")
    dispatch([OpenTurn(turn, "i1")])
    (record,) = wait_for(lambda: desk.records("g1"), 60)
    assert record.outcome == "ok"
    assert 0 <= record.event_to_command_ms < 60_000


def test_a_lesson_is_learned(desk: Desk, redis: Redis) -> None:
    desk.open_turn("g1", status=BindingStatus.CREATED)
    bindings = Bindings(redis, Keys(desk.settings.key_prefix))
    onboarding = Services.of(State(desk.settings, redis), Profiles()).onboarding
    for bot in bindings.of_game("g1").values():
        onboarding.teach(bot)
    wait_for(lambda: {bot.status for bot in bindings.of_game("g1").values()} == {BindingStatus.READY}, 60)


def test_it_says_how_wrong_its_clock_is(desk: Desk, redis: Redis, ahead_seconds: float) -> None:
    processes = Processes(redis, Keys(desk.settings.key_prefix), desk.settings.dead_after_seconds)
    (sheet,) = wait_for(processes.live)
    assert sheet.kind == "worker i1"
    assert sheet.is_skewed
    assert abs(sheet.skew_seconds - ahead_seconds) < 2
    assert ("ahead of" if ahead_seconds > 0 else "behind") in told_skew([sheet])
