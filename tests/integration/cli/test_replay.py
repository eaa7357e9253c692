"""`cowboy turns replay`: a turn that a worker played, decided again here, through the real bot manager."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from click.testing import CliRunner
from structlog.testing import capture_logs

from cowboy.brains.llm import LLM
from cowboy.brains.llm.brain import LlmBrain
from cowboy.brains.registry import shared_brain
from cowboy.cli import main
from cowboy.local.environment import environment_of
from cowboy.local.model import asking_model
from cowboy.settings import Settings
from cowboy.settings import settings as settings_of_process
from cowboy.state.client import Redis
from cowboy.state.state import State
from cowboy.turns.player import TurnPlayer
from tests.bot_manager import bot_manager_server
from tests.integration.brains.models import KEY, write_profiles
from tests.integration.turns.desk import Desk
from tests.provider import Provider, running_provider

pytestmark = pytest.mark.integration


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(says="shoot right") as running:
        yield running


@pytest.fixture
def here(settings: Settings, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings as the commands read them: with models, a repeatable search, and a bot manager that is there."""
    changes = {
        "llm_config_path": write_profiles(provider, tmp_path / "llm.yaml", saloon="text", sheriff="tool"),
        "search_budget_nodes": 200,
        "fallback": "greedy",
    }
    with bot_manager_server(settings) as served, capture_logs():
        for name, value in environment_of(served.model_copy(update=changes)).items():
            monkeypatch.setenv(name, value)
        settings_of_process.cache_clear()
        current = settings_of_process()
        yield current
    settings_of_process.cache_clear()
    close_brain(current)


def close_brain(settings: Settings) -> None:
    """The one that is shared by all who ask models with these settings."""
    brain = shared_brain(LLM, settings)
    assert isinstance(brain, LlmBrain)
    brain.close()


@pytest.fixture
def desk(here: Settings, redis: Redis) -> Desk:
    return Desk(here, redis)


@pytest.fixture
def seat(here: Settings) -> Iterator[TurnPlayer]:
    made = TurnPlayer(State.of(here))
    yield made
    made.close()


def cowboy(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["turns", *arguments], prog_name="cowboy")
    assert done.exit_code == 0, done.output
    return done.stdout


def replayed(*options: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(cowboy("replay", "g1", "1", "--json", *options))
    return document


@pytest.mark.parametrize("brain", ["random", "greedy", "search"])
def test_a_brain_that_owes_its_decision_to_nothing_but_the_situation_decides_the_same(
    desk: Desk, seat: TurnPlayer, brain: str
) -> None:
    seat.play(desk.open_turn("g1", brain=brain))
    document = replayed("--times", "5")
    assert [one["same"] for one in document["now"]] == [True] * 5
    (command,) = desk.commands("g1")
    assert (document["then"]["command_type"], document["then"]["direction"]) == (
        command.command_type,
        command.direction,
    )


def test_chance_is_that_of_the_turn(desk: Desk, seat: TurnPlayer) -> None:
    """Not of any turn: with other seeds the same board is played otherwise."""
    played = []
    for number in range(8):
        seat.play(desk.open_turn(f"g{number}", seed=number))
        played.append(json.loads(cowboy("replay", f"g{number}", "1", "--json")))
    assert all(one["now"][0]["same"] for one in played)
    assert len({(one["then"]["command_type"], one["then"]["direction"]) for one in played}) > 1


def everything(settings: Settings) -> dict[object, object]:
    """All that stands in Redis, as bytes."""
    with redis_client.Redis.from_url(settings.redis_url) as raw:
        return {key: raw.dump(key) for key in raw.scan_iter(f"{settings.key_prefix}*")}


def test_nothing_is_published_claimed_or_written(desk: Desk, seat: TurnPlayer, here: Settings) -> None:
    seat.play(desk.open_turn("g1", brain="greedy"))
    before = everything(here)
    replayed("--times", "3")
    assert everything(here) == before
    assert len(desk.messages("g1")) == 1


def test_another_brain_can_be_asked(desk: Desk, seat: TurnPlayer) -> None:
    seat.play(desk.open_turn("g1", brain="random"))
    document = replayed("--brain", "greedy")
    assert document["brain"] == "greedy"
    assert [one["brain"] for one in document["now"][0]["tries"]] == ["greedy"]


def test_a_model_is_asked_the_same_question_again_and_both_answers_are_told(
    desk: Desk, seat: TurnPlayer, provider: Provider
) -> None:
    seat.play(desk.open_turn("g1", brain=LLM, profile="saloon"))
    provider.says = "move down"
    document = replayed()
    first, second = provider.asked
    assert first.json == second.json
    then, (now,) = document["then"], document["now"]
    assert (then["command_type"], then["direction"], then["tokens_in"]) == ("shoot", "right", 900)
    assert (now["command_type"], now["direction"], now["tokens_in"], now["same"]) == ("move", "down", 900, False)
    assert now["tries"][0]["exchanges"][0]["answer"] == "move down"
    assert KEY not in json.dumps(document)


def test_a_speech_is_compared_by_its_words(desk: Desk, seat: TurnPlayer, provider: Provider) -> None:
    provider.says = "speak Reach for the sky."
    seat.play(desk.open_turn("g1", brain=LLM, profile="saloon"))
    assert replayed()["now"][0]["same"]
    provider.says = "speak Howdy."
    assert not replayed()["now"][0]["same"]


def test_another_profile_can_be_asked(desk: Desk, seat: TurnPlayer, provider: Provider) -> None:
    seat.play(desk.open_turn("g1", brain=LLM, profile="saloon"))
    document = replayed("--profile", "sheriff")
    assert document["profile"] == "sheriff"
    assert document["now"][0]["tries"][0]["exchanges"][0]["model"] == "sheriff-7b"


def test_a_profile_that_is_not_here_is_refused(desk: Desk, seat: TurnPlayer, provider: Provider) -> None:
    seat.play(desk.open_turn("g1", brain=LLM, profile="saloon"))
    asked = len(provider.asked)
    done = CliRunner().invoke(main, ["turns", "replay", "g1", "1", "--profile", "bank"], prog_name="cowboy")
    assert done.exit_code == 1
    assert "there is no LLM profile 'bank'; there are: " in done.output
    assert len(provider.asked) == asked


def test_the_local_model_is_asked_as_the_workers_asked_it(
    desk: Desk, seat: TurnPlayer, provider: Provider, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat.play(desk.open_turn("g1", brain=LLM, profile="saloon"))
    folder = here.home / "models"
    folder.mkdir(parents=True)
    write_profiles(provider, folder / "llm.yaml", local="text")
    monkeypatch.delenv("BOT_MANAGER_LLM_CONFIG_PATH")
    settings_of_process.cache_clear()
    try:
        (now,) = replayed("--profile", "local")["now"]
    finally:
        close_brain(asking_model(settings_of_process()))
    assert now["tries"][0]["exchanges"][0]["model"] == "local-7b"
    assert now["outcome"] == "ok"


def test_people_get_then_and_now_in_a_table_and_each_new_answer_below(
    desk: Desk, seat: TurnPlayer, provider: Provider
) -> None:
    seat.play(desk.open_turn("g1", brain=LLM, profile="saloon"))
    provider.says = "move down"
    lines = cowboy("replay", "g1", "1").splitlines()
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]
    assert [row[:3] for row in rows] == [["then", "shoot", "right"], ["now", "move", "down"]]
    assert lines[-1] == "  │ move down"


def test_a_model_that_fails_now_is_told_so(desk: Desk, seat: TurnPlayer, provider: Provider) -> None:
    seat.play(desk.open_turn("g1", brain=LLM, profile="saloon"))
    provider.behave("rate_limited")
    (now,) = replayed()["now"]
    assert (now["outcome"], now["fallback"]) == ("provider_error", "greedy")
    assert [one["reason"] for one in now["tries"]] == ["it answered 429: slow down", None]
