"""What real workers send to LangSmith: nothing and no prompt unless told to, and all of it before they end."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from cowboy.brains.llm import LLM
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import queue_of
from cowboy.tasks import decide_command
from tests.integration.brains.models import KEY, write_profiles
from tests.integration.turns.desk import ME, Desk
from tests.langsmith import LangSmith, langsmith
from tests.provider import Provider, running_provider
from tests.queues import celery_on
from tests.waiting import wait_for
from tests.workers import worker

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]

LANGSMITH_KEY = "ls-of-the-tests"
ANSWER = "speak only a model would say this"
PROMPT = "You are a gunslinger"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(says=ANSWER) as serving:
        yield serving


@pytest.fixture
def smith() -> Iterator[LangSmith]:
    with langsmith() as serving:
        yield serving


class Stage(Desk):
    """A worker whose bots ask models, traced as `tracing` says; each call is a worker's whole life."""

    def __init__(self, settings: Settings, redis: Redis, provider: Provider, folder: Path, smith: LangSmith) -> None:
        self._folder = folder
        self._smith = smith
        profiles = write_profiles(provider, folder / "llm.yaml", saloon="text", sheriff="tool")
        # A worker's first turn has the libraries to import, for which a busy machine takes half a minute.
        patient = {"llm_config_path": profiles, "claim_lease_seconds": 60.0}
        super().__init__(settings.model_copy(update=patient), redis)

    @contextmanager
    def worker(self, tracing: dict[str, Any] | None) -> Iterator[None]:
        """One that has played a turn of each profile."""
        settings = self.settings
        if tracing is not None:
            file = self._folder / "langsmith.yaml"
            own = {"endpoint": self._smith.endpoint, "api_key": LANGSMITH_KEY, "project": "saloons"}
            file.write_text(yaml.safe_dump(own | tracing))
            settings = settings.model_copy(update={"langsmith_config_path": file})
        with worker(settings), celery_on(settings):
            for profile in ("saloon", "sheriff"):
                turn = self.open_turn(f"g-{profile}", brain=LLM, profile=profile)
                decide_command.apply_async(args=tuple(turn), queue=queue_of("i1"))
                wait_for(functools.partial(self.records, turn.game_id), 60)
            yield


@pytest.fixture
def stage(settings: Settings, redis: Redis, provider: Provider, tmp_path: Path, smith: LangSmith) -> Stage:
    return Stage(settings, redis, provider, tmp_path, smith)


def test_all_traces_are_out_when_a_worker_has_ended_and_hold_neither_prompt_nor_answer_nor_key(
    stage: Stage, smith: LangSmith, provider: Provider
) -> None:
    """Not even in the error of an answer that could not be read."""
    provider.behave("right", "wrong_schema", "right")
    with stage.worker({}):
        pass
    assert "StructuredOutputValidationError" in smith.text
    assert set(smith.keys) == {LANGSMITH_KEY}
    for wanted in (
        "cowboy turn",
        '"game_id":"g-saloon"',
        '"game_id":"g-sheriff"',
        '"turn_no":1',
        '"bot_id":"bot-0"',
        ME,
    ):
        assert wanted in smith.text
    for secret in (KEY, LANGSMITH_KEY, PROMPT, "You are A", "only a model", "fire"):
        assert secret not in smith.text


def test_prompts_and_answers_are_told_where_the_file_says_so(stage: Stage, smith: LangSmith) -> None:
    with stage.worker({"hide_inputs": False, "hide_outputs": False}):
        pass
    assert PROMPT in smith.text
    assert "only a model would say this" in smith.text
    assert KEY not in smith.text


@pytest.mark.parametrize("tracing", [None, {"sampling_rate": 0.0}])
def test_nothing_is_sent_where_nothing_is_to_be_traced(
    stage: Stage, smith: LangSmith, tracing: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even if the shell asks for it."""
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", smith.endpoint)
    monkeypatch.setenv("LANGSMITH_API_KEY", LANGSMITH_KEY)
    with stage.worker(tracing):
        pass
    assert smith.received == []


def test_the_way_to_langsmith_is_the_files_and_never_the_shells(
    stage: Stage, smith: LangSmith, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, "/nowhere")
    with stage.worker({}):
        pass
    assert set(smith.keys) == {LANGSMITH_KEY}


def test_a_proxy_in_the_file_is_asked(stage: Stage, smith: LangSmith) -> None:
    """What looks like LangSmith to us is the proxy, for an endpoint that is not there."""
    with stage.worker({"proxy": smith.endpoint, "endpoint": "http://127.0.0.1:1"}):
        pass
    assert set(smith.keys) == {LANGSMITH_KEY}


def test_a_worker_waits_for_a_langsmith_that_does_not_answer_but_not_for_ever(
    stage: Stage, smith: LangSmith, capfd: pytest.CaptureFixture[str]
) -> None:
    smith.gate.clear()
    with stage.worker({}):
        pass
    assert smith.received
    assert not smith.gate.is_set()
    assert "traces_lost" in capfd.readouterr().err
