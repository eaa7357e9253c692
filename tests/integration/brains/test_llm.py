"""The `llm` brain over real sockets: whatever a provider does, a turn ends in time with a legal command."""

import json
import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cowboy.brains.brain import Brain, Context, Situation
from cowboy.brains.greedy import GreedyBrain
from cowboy.brains.guard import Guarded, decide_guarded
from cowboy.brains.llm.brain import LlmBrain
from cowboy.brains.llm.briefing import options_of
from cowboy.errors import BadSetting, Unteachable
from cowboy.game import rules
from cowboy.game.guide import GUIDE_VERSION, lesson_for
from cowboy.game.outcomes import Outcome
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction, Refusal
from cowboy.settings import Settings
from tests.integration.brains.models import KEY, Models
from tests.provider import BEHAVIOURS, Provider, running_provider
from tests.tables import game, table
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

SECONDS = 0.5
"""What a turn has to offer where its time is to run out."""

PLENTY_SECONDS = 60.0
"""What it has where something else is to happen, however busy the machine."""

GRACE_SECONDS = 5.0
"""That much later a loaded machine may say so; a provider that is slow takes far longer."""

TURNS = 3
MODES = ("text", "json_schema", "tool")
SAFE = Action(CommandType.SHIELD, Direction.UP)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def models(provider: Provider, tmp_path: Path) -> Iterator[Models]:
    built = Models(provider, tmp_path)
    yield built
    built.close()


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def turn(seconds: float = SECONDS, **changes: object) -> Situation:
    """A's first turn on the default map, its shield up."""
    asked = Situation(table=table("g1"), seconds_left=seconds, profile="saloon", bot_id="bot-0")
    return asked.model_copy(update=changes)


def warm(brain: Brain) -> None:
    """Build its agent, so that no turn is measured with that in it."""
    assert decide_guarded(brain, turn(60)).outcome == Outcome.OK


def played(brain: Brain, situation: Situation) -> Guarded:
    began = time.monotonic()
    guarded = decide_guarded(brain, situation)
    assert time.monotonic() - began < situation.seconds_left + GRACE_SECONDS
    assert not isinstance(rules.apply(situation.table.to_board(), guarded.decision.action), Refusal)
    return guarded


@pytest.mark.parametrize("says", ["shield left", "move down", "shoot right", "speak Reach for the sky."])
def test_what_the_model_chose_is_played(provider: Provider, models: Models, mode: str, says: str) -> None:
    provider.says = says
    guarded = played(models.brain(saloon=mode), turn(60))
    action = guarded.decision.action
    assert (guarded.outcome, f"{action.kind} {action.direction or action.text}") == (Outcome.OK, says)
    assert (guarded.decision.figures["tokens_in"], guarded.decision.figures["tokens_out"]) == (900, 12)


ONLY = {"json_schema": "only_schema", "tool": "only_tool", "text": "only_text"}
"""Behaviours that suit one output mode."""

EXPECTED = {
    "illegal": Outcome.ILLEGAL,
    "wrong_schema": Outcome.UNPARSABLE,
    "prose": Outcome.UNPARSABLE,
    "echo": Outcome.UNPARSABLE,
    "cut_short": Outcome.UNPARSABLE,
    "empty": Outcome.UNPARSABLE,
    "refusal": Outcome.UNPARSABLE,
    "foreign_tool": Outcome.UNPARSABLE,
    "garbage": Outcome.PROVIDER_ERROR,
    "no_choices": Outcome.PROVIDER_ERROR,
    "slow": Outcome.TIMEOUT,
    "trickle": Outcome.TIMEOUT,
    "trickle_head": Outcome.TIMEOUT,
    "rate_limited": Outcome.PROVIDER_ERROR,
    "server_error": Outcome.PROVIDER_ERROR,
    "echo_in_a_refusal": Outcome.PROVIDER_ERROR,
    "echo_in_an_error": Outcome.PROVIDER_ERROR,
    "hang_up": Outcome.PROVIDER_ERROR,
    "huge": Outcome.PROVIDER_ERROR,
    "packed": Outcome.PROVIDER_ERROR,
    "moved": Outcome.PROVIDER_ERROR,
}


@pytest.mark.parametrize("behaviour", ["plain", "fenced", "no_usage", "stream"])
def test_a_server_that_says_less_or_ignores_the_form_is_understood(
    provider: Provider, models: Models, mode: str, behaviour: str
) -> None:
    provider.behave(behaviour)
    guarded = played(models.brain(saloon=mode), turn(60))
    assert (guarded.outcome, guarded.decision.action.direction) == (Outcome.OK, Direction.LEFT)


def test_no_misbehaviour_is_left_out() -> None:
    assert EXPECTED.keys() == BEHAVIOURS.keys() - {
        *("right", "word_for_word", "plain", "fenced", "no_usage", "stream", "echo_in_a_note"),
        *("no_system", "no_system_in_a_200"),
        *ONLY.values(),
    }


@pytest.mark.parametrize("behaviour", EXPECTED)
def test_every_turn_of_a_misbehaving_provider_has_a_legal_command_in_time(
    provider: Provider, models: Models, mode: str, behaviour: str
) -> None:
    brain = models.brain(saloon=mode)
    warm(brain)
    provider.behave(behaviour)
    seconds = SECONDS if EXPECTED[behaviour] == Outcome.TIMEOUT else PLENTY_SECONDS
    for _ in range(TURNS):
        guarded = played(brain, turn(seconds))
        assert guarded.outcome == EXPECTED[behaviour]
        assert (guarded.decision.action, guarded.fallback) == (SAFE, "safe")


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [
        ("right", "left"),
        ("illegal", "shoot"),
        ("wrong_schema", '"action": "fire"'),
        ("prose", "Well, partner, that depends on the weather."),
        ("cut_short", "and then, and"),
        ("refusal", "I'm sorry, I can't help with shooting people."),
        ("foreign_tool", "write_file"),
        ("empty", ""),
    ],
)
def test_what_the_model_said_is_told_raw_whatever_became_of_it(
    provider: Provider, models: Models, mode: str, behaviour: str, answer: str
) -> None:
    provider.behave(behaviour)
    (asked, *_) = played(models.brain(saloon=mode), turn(60)).tries[0].exchanges
    assert (asked.model, asked.mode, asked.tokens_in, asked.tokens_out) == ("saloon-7b", mode, 900, 12)
    assert asked.answer is not None
    assert answer in asked.answer


@pytest.mark.parametrize("behaviour", ["slow", "server_error", "hang_up", "garbage"])
def test_a_question_without_an_answer_is_told_as_well(provider: Provider, models: Models, behaviour: str) -> None:
    brain = models.brain(saloon="text")
    warm(brain)
    provider.behave(behaviour)
    (asked,) = played(brain, turn(2 if behaviour == "slow" else PLENTY_SECONDS)).tries[0].exchanges
    assert (asked.model, asked.tokens_in) == ("saloon-7b", None)
    assert asked.ms > 0
    said = {"server_error": "oh", "garbage": "not what you think"}.get(behaviour)
    assert (asked.answer is None) if said is None else said in asked.answer


def test_the_fallback_has_time_to_think_when_the_model_has_used_it_all(provider: Provider, models: Models) -> None:
    brain = models.brain(saloon="text")
    warm(brain)
    provider.behave("trickle")
    began = time.monotonic()
    guarded = decide_guarded(brain, turn(), GreedyBrain())
    assert (guarded.outcome, guarded.fallback) == (Outcome.TIMEOUT, "greedy")
    assert time.monotonic() - began < SECONDS + GRACE_SECONDS


@pytest.mark.parametrize("first", ["illegal", "prose", "wrong_schema", "cut_short", "server_error", "hang_up"])
def test_a_second_try_with_the_reason_repairs_the_first(
    provider: Provider, models: Models, mode: str, first: str
) -> None:
    brain = models.brain(saloon=mode)
    warm(brain)
    provider.behave(first, "right")
    guarded = played(brain, turn(30))
    assert (guarded.outcome, guarded.fallback) == (Outcome.REPAIRED, None)
    assert "was refused: " in provider.asked[-1].prompt
    assert "was refused: " not in provider.asked[-2].prompt


def test_the_second_try_is_told_which_rule_was_broken(provider: Provider, models: Models) -> None:
    brain = models.brain(saloon="text")
    provider.behave("illegal", "right")
    played(brain, turn(30))
    assert "shoot up is illegal: CANNOT_SHOOT_THROUGH_OWN_SHIELD" in provider.asked[-1].prompt


def test_a_provider_that_asks_for_patience_is_not_asked_again_in_the_same_turn(
    provider: Provider, models: Models
) -> None:
    brain = models.brain(saloon="text")
    provider.behave("rate_limited")
    played(brain, turn(30))
    assert len(provider.asked) == 1


def test_a_question_for_which_no_time_is_left_is_not_asked_and_a_timeout(provider: Provider, models: Models) -> None:
    brain = models.brain(saloon="text")
    warm(brain)
    assert decide_guarded(brain, turn(0)).outcome == Outcome.TIMEOUT
    assert len(provider.asked) == 1


def test_a_model_that_calls_tools_is_not_asked_again_for_each(provider: Provider, models: Models) -> None:
    brain = models.brain(saloon="text")
    provider.behave("foreign_tool", "right")
    played(brain, turn(30))
    assert ["was refused: " in asked.prompt for asked in provider.asked] == [False, True]


@pytest.mark.parametrize("behaviour", ["slow", "trickle", "trickle_head"])
def test_calls_that_were_given_up_end_by_themselves(provider: Provider, models: Models, behaviour: str) -> None:
    brain = models.brain(saloon="text")
    warm(brain)
    provider.behave(behaviour)
    for _ in range(6):  # two more than may run at once
        played(brain, turn(0.2))
    provider.behave("right")
    wait_for(lambda: decide_guarded(brain, turn(5)).outcome == Outcome.OK, PLENTY_SECONDS)


def test_calls_run_side_by_side_as_many_as_the_worker_has_threads(provider: Provider, models: Models) -> None:
    brain = models.brain(saloon="text")
    warm(brain)
    provider.behave("slow")
    began, seconds = time.monotonic(), 3.0
    with ThreadPoolExecutor(4) as pool:
        outcomes = [guarded.outcome for guarded in pool.map(lambda _: decide_guarded(brain, turn(seconds)), range(4))]
    assert outcomes == [Outcome.TIMEOUT] * 4
    # One after the other they would take longer than that.
    assert time.monotonic() - began < seconds + GRACE_SECONDS < 4 * seconds


# -- what is sent ----------------------------------------------------------------------------------------------------


def test_no_tool_is_offered_but_the_form_of_the_answer(provider: Provider, models: Models) -> None:
    tools = {}
    for mode in MODES:
        played(models.brain(saloon=mode), turn(60))
        tools[mode] = [tool["function"]["name"] for tool in provider.asked[-1].json.get("tools", [])]
        assert ("tools" in provider.asked[-1].json) == (mode == "tool")
    assert tools == {"text": [], "json_schema": [], "tool": ["NotedCommand"]}


def test_the_prompt_is_small_enough_to_be_paid_for_every_turn(provider: Provider, models: Models) -> None:
    events = tuple(json.dumps({"turn_no": n, "player": "B", "did": "speak", "said": "x" * 140}) for n in range(20))
    for mode in MODES:
        played(models.brain(saloon=mode), turn(60, recent=events))
        assert len(provider.asked[-1].body) < 8_500


def test_nothing_of_this_machine_is_sent(provider: Provider, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-shell")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-shell")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-the-shell")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert played(models.brain(saloon="text"), turn(60)).outcome == Outcome.OK
    (asked,) = provider.asked
    assert {name.lower() for name in asked.headers} == {
        "host",
        "authorization",
        "accept",
        "connection",
        "content-type",
        "content-length",
        "accept-encoding",
    }
    assert asked.headers["authorization"] == f"Bearer {KEY}"


def test_a_key_of_the_environment_is_not_used_where_the_profile_has_none(
    provider: Provider, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-shell")
    assert played(models.brain(key=None, saloon="text"), turn(60)).outcome == Outcome.OK
    assert provider.asked[0].headers["authorization"] == "Bearer none"


def test_a_shell_that_traces_to_langsmith_does_not_send_our_prompts_there(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(variable, "true")
    models.brain(saloon="text")
    assert os.environ["LANGSMITH_TRACING"] == os.environ["LANGCHAIN_TRACING_V2"] == "false"


def test_the_most_talkative_log_level_shows_neither_key_nor_prompt(
    provider: Provider, models: Models, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for behaviour in ("right", "server_error", "garbage"):
        provider.behave(behaviour)
        played(models.brain(saloon="text"), turn(60))
    assert KEY not in caplog.text
    assert "You are A" not in caplog.text


def test_openai_itself_is_not_asked_without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-shell")
    file = tmp_path / "llm.yaml"
    file.write_text("default: {model: gpt-4o-mini}")
    brain = LlmBrain(Settings(llm_config_path=file))
    with pytest.raises(BadSetting, match=r"https://api\.openai\.com/v1 asks for a key; give it an api_key"):
        brain.decide(turn(profile="default"), Context())


def test_a_lesson_is_refused_where_there_is_no_model_to_ask(plain_environment: None) -> None:
    taught = game("g1")
    lesson = lesson_for(taught, taught.turn_timeout_seconds, taught.state.players[0], GUIDE_VERSION)
    with pytest.raises(Unteachable, match="brain 'llm' has no model to ask; name a file of LLM profiles in BOT_MAN"):
        LlmBrain(Settings()).learn(lesson)


def test_two_profiles_are_two_agents_each_with_its_own_model_and_form(provider: Provider, models: Models) -> None:
    brain = models.brain(saloon="text", sheriff="tool")
    for profile in ("saloon", "sheriff", "saloon"):
        assert played(brain, turn(60, profile=profile)).outcome == Outcome.OK
    assert [asked.json["model"] for asked in provider.asked] == ["saloon-7b", "sheriff-7b", "saloon-7b"]
    assert ["tools" in asked.json for asked in provider.asked] == [False, True, False]


def test_a_seat_without_a_model_is_played_by_the_fallback(provider: Provider, models: Models) -> None:
    guarded = played(models.brain(saloon="text"), turn(60, profile=None))
    assert (guarded.outcome, guarded.fallback) == (Outcome.ERROR, "safe")
    assert provider.asked == []


# -- models that were talked into something --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "says",
    [
        "game_started",
        "timeout",
        "end turn",
        "shoot up",
        "move up",
        '{"command_type": "timeout"}',
        '{"command_type": "move", "direction": "up", "player_id": "id-b"}',
        "99",
    ],
)
def test_a_hijacked_model_can_only_choose_a_legal_command_of_its_own_player(
    provider: Provider, models: Models, mode: str, says: str
) -> None:
    provider.says = says
    guarded = played(models.brain(saloon=mode), turn(30))
    assert guarded.decision.action in options_of(table("g1").to_board())
    assert guarded.fallback == "safe"
