"""The `llm` brain keeps to what providers and profiles allow: requests a minute, budgets, output modes."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cowboy.brains.brain import Context
from cowboy.brains.guard import decide_guarded
from cowboy.brains.llm.agent import provider_of
from cowboy.brains.llm.brain import LlmBrain
from cowboy.brains.llm.modes import Modes
from cowboy.brains.llm.probe import Finding, best_of, probe
from cowboy.brains.llm.transport import Transport
from cowboy.game.outcomes import Outcome
from cowboy.models.profiles import Profile, load_profiles
from cowboy.models.quota import Usage
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.providers import FAILURES, Providers
from cowboy.state.usage import Spent, Usages
from tests.integration.brains.test_llm import ONLY, turn
from tests.provider import Provider, running_provider
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def providers(settings: Settings, redis: Redis) -> Providers:
    return Providers(redis, Keys(settings.key_prefix), 3600)


@pytest.fixture
def usages(settings: Settings, redis: Redis) -> Usages:
    return Usages(redis, Keys(settings.key_prefix))


class Saloon:
    """Brains whose only profile is `saloon`, with whatever a test gives it."""

    def __init__(self, provider: Provider, folder: Path) -> None:
        self._base_url = provider.base_url
        self._file = folder / "llm.yaml"
        self.built: list[LlmBrain] = []

    def settings(self, **fields: object) -> Settings:
        profile = {"base_url": self._base_url, "model": "saloon-7b", **fields}
        self._file.write_text(yaml.safe_dump({"profiles": {"saloon": profile}}))
        return Settings(llm_config_path=self._file, worker_threads=4)

    def brain(self, **fields: object) -> LlmBrain:
        self.built.append(LlmBrain(self.settings(**fields)))
        return self.built[-1]

    def profile(self) -> Profile:
        return load_profiles(self.settings(output_mode="auto")).get("saloon")


@pytest.fixture
def saloon(provider: Provider, tmp_path: Path) -> Iterator[Saloon]:
    made = Saloon(provider, tmp_path)
    yield made
    for brain in made.built:
        brain.close()


@pytest.fixture
def transport(provider: Provider) -> Iterator[Transport]:
    with Transport(2) as made:
        yield made


# -- requests a minute -------------------------------------------------------------------------------------------------


def test_a_turn_for_which_no_request_is_free_goes_to_the_fallback_at_once(
    provider: Provider, providers: Providers, saloon: Saloon
) -> None:
    brain = saloon.brain(requests_per_minute=1, burst=1)
    assert decide_guarded(brain, turn(60), context=Context(providers)).outcome == Outcome.OK
    began = time.monotonic()
    for _ in range(FAILURES + 1):
        guarded = decide_guarded(brain, turn(60), context=Context(providers))
        assert (guarded.outcome, guarded.fallback) == (Outcome.PROVIDER_ERROR, "safe")
    assert time.monotonic() - began < 20
    assert len(provider.asked) == 1
    # It is no failure of the provider: a caller with other terms is admitted.
    assert decide_guarded(saloon.brain(), turn(60), context=Context(providers)).outcome == Outcome.OK


def test_a_turn_waits_for_a_request_that_comes_free_in_time(
    provider: Provider, providers: Providers, saloon: Saloon
) -> None:
    brain = saloon.brain(requests_per_minute=600, burst=1)
    began = time.monotonic()
    outcomes = [decide_guarded(brain, turn(30), context=Context(providers)).outcome for _ in range(4)]
    assert outcomes == [Outcome.OK] * 4
    assert time.monotonic() - began >= 0.3


# -- budgets -----------------------------------------------------------------------------------------------------------


def test_a_turn_whose_budget_is_spent_goes_to_the_fallback_and_asks_nobody(
    provider: Provider, providers: Providers, usages: Usages, saloon: Saloon
) -> None:
    brain = saloon.brain(budget_tokens_per_bot=1000)  # an answer is 912
    outcomes = [decide_guarded(brain, turn(30), context=Context(providers)).outcome for _ in range(4)]
    assert outcomes == [Outcome.OK, Outcome.OK, Outcome.BUDGET, Outcome.BUDGET]
    assert len(provider.asked) == 2
    assert usages.of_game("g1")["bot-0"] == Spent(tokens_in=1800, tokens_out=24, answers=2, refused=2)


def test_an_answer_is_paid_for_whether_it_was_of_use_or_not(
    provider: Provider, providers: Providers, usages: Usages, saloon: Saloon
) -> None:
    provider.behave("prose", "cut_short", "right")
    brain = saloon.brain(price_in=2, price_out=10)
    assert decide_guarded(brain, turn(30), context=Context(providers)).outcome == Outcome.UNPARSABLE
    guarded = decide_guarded(brain, turn(30), context=Context(providers))
    assert guarded.decision.figures["cost_micros"] == 1920
    assert usages.of_game("g1")[""] == Spent(tokens_in=2700, tokens_out=36, answers=3, cost=0.00576)


def test_tokens_that_are_not_reported_are_estimated(
    provider: Provider, providers: Providers, usages: Usages, saloon: Saloon
) -> None:
    provider.behave("no_usage")
    guarded = decide_guarded(saloon.brain(), turn(30), context=Context(providers))
    asked = "".join(str(message["content"]) for message in provider.asked[0].json["messages"])
    expected = Usage.estimated(asked, provider.says)
    assert (guarded.decision.figures["tokens_in"], guarded.decision.figures["tokens_out"]) == expected
    spent = usages.of_game("g1")["bot-0"]
    assert (spent.tokens_in, spent.tokens_out) == expected


def test_a_question_that_was_given_up_is_paid_for(
    provider: Provider, providers: Providers, usages: Usages, saloon: Saloon
) -> None:
    brain = saloon.brain()
    assert decide_guarded(brain, turn(30), context=Context(providers)).outcome == Outcome.OK  # built, and all imported
    before = usages.of_game("g1")["bot-0"]
    provider.behave("slow")
    assert decide_guarded(brain, turn(2), context=Context(providers)).outcome == Outcome.TIMEOUT
    spent = usages.of_game("g1")["bot-0"]
    assert spent.tokens_in - before.tokens_in > 500
    assert (spent.tokens_out, spent.answers) == (before.tokens_out, before.answers)


# -- output modes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ONLY)
def test_a_mode_that_is_left_open_becomes_the_one_that_the_model_knows(
    provider: Provider, providers: Providers, saloon: Saloon, mode: str
) -> None:
    provider.behave(ONLY[mode])
    saloon.brain(output_mode="auto").prepare("saloon", Context(providers))
    wait_for(lambda: providers_mode(providers, saloon) == mode)
    asked = len(provider.asked)
    # Another worker asks nobody.
    assert decide_guarded(saloon.brain(output_mode="auto"), turn(30), context=Context(providers)).outcome == Outcome.OK
    assert len(provider.asked) == asked + 1


def providers_mode(providers: Providers, saloon: Saloon) -> str | None:
    return providers.mode(provider_of(saloon.profile()), "saloon-7b")


def test_a_turn_that_comes_first_does_not_wait(
    provider: Provider, providers: Providers, saloon: Saloon, transport: Transport
) -> None:
    provider.behave("slow")
    began = time.monotonic()
    assert Modes(transport).of(saloon.profile(), providers) == ("text", False)
    assert time.monotonic() - began < 5
    # Nor does another worker probe meanwhile.
    wait_for(lambda: len(provider.asked) == 1)
    assert Modes(transport).of(saloon.profile(), providers) == ("text", False)
    assert len(provider.asked) == 1
    provider.stopped.set()


def test_the_best_mode_of_all_is_taken(provider: Provider, saloon: Saloon, transport: Transport) -> None:
    findings = probe(saloon.profile(), transport)
    assert [(*finding.way, finding.flaw) for finding in findings] == [
        ("json_schema", True, None),
        ("tool", True, None),
        ("text", True, None),
    ]
    assert best_of(findings) == findings[0]
    assert len(provider.asked) == 3


@pytest.mark.parametrize("behaviour", ["slow", "server_error", "garbage", "prose", "hang_up", "rate_limited"])
def test_a_provider_that_fails_in_all_modes_has_none(
    provider: Provider, saloon: Saloon, transport: Transport, behaviour: str
) -> None:
    provider.behave(behaviour)
    findings = probe(saloon.profile(), transport, seconds=0.2 if behaviour == "slow" else 10)
    assert best_of(findings) is None
    assert all(isinstance(finding, Finding) and finding.flaw for finding in findings)
    assert all(finding.certain for finding in findings) == (behaviour not in {"slow", "rate_limited"})


def test_a_server_that_ignores_the_form_is_asked_for_text(
    provider: Provider, saloon: Saloon, transport: Transport
) -> None:
    provider.behave("plain")
    assert best_of(probe(saloon.profile(), transport)).way.mode == "text"


@pytest.mark.parametrize("behaviour", ["no_system", "no_system_in_a_200"])
def test_a_server_that_takes_no_role_system_no_tools_and_no_schema_is_asked_without(
    provider: Provider, providers: Providers, saloon: Saloon, behaviour: str
) -> None:
    """Before it is known, too: no turn is lost by it."""
    provider.behave(behaviour)
    brain = saloon.brain(output_mode="auto")
    assert decide_guarded(brain, turn(30), context=Context(providers)).outcome == Outcome.OK
    wait_for(lambda: providers_mode(providers, saloon) == "text/user")
    assert decide_guarded(saloon.brain(output_mode="auto"), turn(30), context=Context(providers)).outcome == Outcome.OK
    (message,) = provider.asked[-1].json["messages"]
    assert message["role"] == "user"
    assert "You are a gunslinger" in message["content"]
    assert "You are A" in message["content"]


@pytest.mark.parametrize("mode", ONLY)
def test_a_mode_that_was_asked_for_says_what_the_server_said_and_a_profile_may_do_without_the_role(
    provider: Provider, providers: Providers, saloon: Saloon, mode: str
) -> None:
    provider.behave("no_system")
    guarded = decide_guarded(saloon.brain(output_mode=mode), turn(30), context=Context(providers))
    assert guarded.tries[0].reason == "it answered 400: System role not supported"
    guarded = decide_guarded(saloon.brain(output_mode=mode, system_role=False), turn(30), context=Context(providers))
    assert guarded.tries[0].reason == (None if mode == "text" else "it answered 400: unsupported parameter")


@pytest.mark.parametrize("found", ["prose", "", "text/nobody"])
def test_what_another_version_found_out_in_words_of_its_own_is_found_out_anew(
    provider: Provider, providers: Providers, saloon: Saloon, found: str
) -> None:
    providers.found(provider_of(saloon.profile()), "saloon-7b", found, 60)
    brain = saloon.brain(output_mode="auto")
    assert decide_guarded(brain, turn(30), context=Context(providers)).outcome == Outcome.OK
    wait_for(lambda: providers_mode(providers, saloon) == "json_schema")
