"""`cowboy bench --models`, its parts with sizes that measure nothing."""

from pathlib import Path

import pytest

from cowboy.bench.deciding import BARE, decision_costs
from cowboy.bench.holding import hold
from cowboy.bench.model import MODES
from cowboy.local.environment import local_settings
from cowboy.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return local_settings(Settings(home=tmp_path), free_ports=True)


def test_a_decision_is_measured_in_every_mode_next_to_the_plain_call(settings: Settings) -> None:
    costs = decision_costs(settings, decisions=5, rounds=2)
    assert costs.keys() == {BARE, *MODES}
    assert all(cost.cpu_ms > 0 for cost in costs.values())
    # This is no question of time: what a request holds is ours alone to say.
    assert all(cost.bytes < 1.5 * costs[BARE].bytes for cost in costs.values())


def test_one_bot_alone_plays_all_its_turns(settings: Settings) -> None:
    held = hold(settings, bots=1, delay=0.1, rounds=2)
    assert (held.decisions, held.most_held) == (2, 1)


def test_one_worker_holds_the_decisions_of_all_its_bots(settings: Settings) -> None:
    held = hold(settings, bots=5, delay=0.5, rounds=2)
    assert (held.decisions >= 10, held.most_held) == (True, 5)
    assert 0 < held.rate <= held.ideal_rate * 2
    assert held.worker_mb > 10
