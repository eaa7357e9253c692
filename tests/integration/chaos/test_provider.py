"""The provider of models for chaos: what it calls a right answer is read as one, and what it calls a bad one is not."""

from pathlib import Path

import pytest

from cowboy.brains.guard import Outcome
from cowboy.brains.llm.brain import LlmBrain
from cowboy.chaos import provider as chaos
from cowboy.settings import Settings
from tests.integration.brains.test_llm import played, turn

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]


@pytest.mark.parametrize("behaviour", ["right", *sorted(chaos._MISBEHAVIOUR.keys() - {"hang"})])
def test_each_answer_is_what_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str) -> None:
    monkeypatch.setattr(chaos.Provider, "next_behaviour", lambda _: behaviour)
    with chaos.serving(1) as (_, base_url):
        file = tmp_path / "llm.yaml"
        file.write_text(f'profiles: {{saloon: {{base_url: "{base_url}", model: m, api_key: k}}}}')
        brain = LlmBrain(Settings(llm_config_path=file, worker_threads=2))
        guarded = played(brain, turn(30))
        brain.close()
    # What is illegal to the bots of a campaign is legal in this turn.
    good = behaviour in {"right", "slow", "illegal", *chaos._ODD}
    assert (guarded.outcome == Outcome.OK) == good, guarded
