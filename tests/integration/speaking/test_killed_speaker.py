"""A worker is killed while its bot has the word: the word goes on by itself, and nobody speaks twice."""

from datetime import timedelta
from pathlib import Path

import pytest

from cowboy.brains.llm import LLM
from cowboy.game.wire.talk import TalkMessage
from cowboy.settings import Settings
from cowboy.state.client import Redis
from tests.clocks import skew_programs
from tests.integration.brains.models import write_profiles
from tests.integration.speaking.conftest import A, B, C, Saloon
from tests.provider import running_provider
from tests.queues import celery_on
from tests.threads import working
from tests.waiting import wait_for
from tests.workers import worker

pytestmark = pytest.mark.integration

TURN_SECONDS = 20.0
"""Long enough for a worker to import what asks models, and to ask."""
SLACK = timedelta(seconds=30)
"""For the keeper, on a machine that is busy."""


@pytest.mark.parametrize("ahead_seconds", [0.0, 3600.0])
def test_the_word_goes_on_from_a_speaker_whose_worker_is_killed(
    settings: Settings, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead_seconds: float
) -> None:
    """Whatever the clock of its machine says."""
    if ahead_seconds:
        skew_programs(monkeypatch, tmp_path / "clock", ahead_seconds)
    with running_provider("slow") as provider:
        file = write_profiles(provider, tmp_path / "llm.yaml", saloon="text")
        talkative = {"talk": "table", "talk_turn_seconds": TURN_SECONDS, "talk_remarks_per_minute": 600}
        own = settings.model_copy(update={**talkative, "llm_config_path": file})
        with celery_on(own), worker(own, "i2"), worker(own, "i1", mortal=True) as doomed:
            saloon = Saloon(own, redis)
            thinker, *others = saloon.bots
            thinker = thinker.model_copy(update={"brain": LLM, "profile": "saloon", "instance": "i1"})
            saloon.bots = [thinker, *(bot.model_copy(update={"instance": "i2"}) for bot in others)]
            saloon.open()
            with working(saloon.keeper):
                wait_for(lambda: provider.asked, 60)
                held = saloon.talk.turn_seq
                assert saloon.talk.speaker == B
                doomed.kill()
                doomed.wait()
                wait_for(lambda: saloon.talk.turn_seq > held, 60)
                asked = len(provider.asked)
                saloon.talks.hear(saloon.game_id, A, "Is anybody left?")
                wait_for(lambda: any(said.player_id == C for said in saloon.talks.remarks(saloon.game_id, C)), 60)
    history = saloon.talks.history(saloon.game_id)
    given, taken = (_turn(history, seq) for seq in (held, held + 1))
    assert taken.cause == "expired"
    assert given.deadline is not None
    assert timedelta() <= taken.created_at - given.deadline < SLACK
    assert asked == 1
    remarks = [said.turn_seq for said in history if said.event_type == "remark" and not said.human]
    assert len(remarks) == len(set(remarks))
    assert held not in remarks


def _turn(history: list[TalkMessage], seq: int) -> TalkMessage:
    return next(told for told in history if told.turn_seq == seq and told.event_type in {"handoff", "dormant"})
