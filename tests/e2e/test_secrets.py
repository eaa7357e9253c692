"""A whole system with a token and a key made by `echo`, and a model server that repeats what it is sent.

Neither is in an answer, a log, a record or transcript, or anywhere else in Redis.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import yaml
from pydantic import SecretStr

from cowboy.clients.bot_manager import BotManager
from cowboy.local.environment import environment_of, local_settings
from cowboy.local.stack import running_stack
from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.keys import Keys
from cowboy.state.records import Records
from tests.provider import Provider, running_provider
from tests.redis_dump import everything
from tests.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TOKEN = "hunter2-token-of-the-manager"
KEY = "sk-hunter2/key+of&the=model"
MARK = "hunter2"
BEHAVIOURS = ("right", "echo", "echo_in_a_note", "echo_in_a_refusal", "echo_in_an_error")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider("right") as running:
        yield running


@pytest.fixture(scope="module")
def system(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("secrets")
    (home / "key").write_text(f"{KEY}\n")
    profiles = home / "llm.yaml"
    profile = {"base_url": provider.base_url, "model": "saloon-7b", "api_key_file": str(home / "key")}
    profiles.write_text(yaml.safe_dump({"default": profile}))
    wanted = Settings(home=home, manager_token=SecretStr(TOKEN), llm_config_path=profiles, brain="llm")
    with_break = {"manager_token": SecretStr(f"{TOKEN}\n")}
    settings = local_settings(wanted, free_ports=True).model_copy(update=with_break)
    with running_stack(settings, instances=1):
        yield settings


def test_a_token_and_a_key_with_line_breaks_work_and_are_nowhere(system: Settings, provider: Provider) -> None:
    with httpx.Client(base_url=f"http://{system.arena_bind}", timeout=60) as client, connect(system) as redis:
        records = Records(redis, Keys(system.key_prefix))
        wanted = {"num_players": 2, "bot_players": ["A", "B"], "turn_timeout_seconds": 10}
        made = client.post("/v2/games", json=wanted)
        assert made.status_code == 200, made.text
        game = made.json()["game_id"]
        told = [made.text, client.post(f"/v2/games/{game}/start").text]
        for behaviour in BEHAVIOURS:
            provider.behave(behaviour)
            until = Now(len(provider.asked) + 1, len(records.of_game(game)) + 2)
            wait_for(partial(until.is_over, provider, records, game), 120)
        told += [client.get(path).text for path in (f"/v2/games/{game}", f"/v2/games/{game}/snapshot")]
        told.append(everything(redis))
        turns = [record.turn_no for record in records.of_game(game)]
    assert {asked.headers["authorization"] for asked in provider.asked} == {f"Bearer {KEY}"}
    with closing(BotManager(system.model_copy(update={"manager_token": SecretStr(TOKEN)}))) as manager:
        told += [manager.get("games", game, "turns", str(turn)).decode() for turn in turns]
    told += [shown(system, game), shown(system, game, "--json"), shown(system, game, str(turns[-1]))]
    told += [file.read_text(errors="replace") for file in Path(system.home, "logs").iterdir()]
    assert "<key>" in "".join(told), "it did come back"
    assert [text[max(0, text.find(MARK) - 200) :][:300] for text in told if MARK in text] == []


class Now(NamedTuple):
    """As many questions and records as there have to be."""

    asked: int
    records: int

    def is_over(self, provider: Provider, records: Records, game: str) -> bool:
        return len(provider.asked) >= self.asked and len(records.of_game(game)) >= self.records


def shown(settings: Settings, *arguments: str) -> str:
    """What `cowboy turns show` says."""
    done = subprocess.run(
        [sys.executable, "-m", "cowboy", "turns", "show", *arguments],
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
