"""The bot manager's token reaches nobody, whatever the manager answers: no caller, log or key in Redis."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from cowboy.local.environment import environment_of
from cowboy.local.ports import free_binds
from cowboy.settings import Settings, environment_name
from cowboy.state.client import connect
from tests.integration.arena.bot_manager import FakeBotManager
from tests.integration.arena.conftest import TOKEN
from tests.integration.arena.process import ArenaProcess
from tests.redis_dump import everything

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]


def in_numbers(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


ANSWERS: dict[str, tuple[int, Callable[[str], str]]] = {
    "a 401 in our words": (401, lambda said: json.dumps({"error": f"unknown: {said}"})),
    "a 500 in our words": (500, lambda said: json.dumps({"error": f"{'x' * 980}{said}"})),
    "a 400 with the token in a URL": (400, lambda said: json.dumps({"error": quote(said, safe="")})),
    "a 404 with the token in numbers": (404, lambda said: f'{{"error": "{in_numbers(said)}"}}'),
    "a page": (500, lambda said: f"<html><pre>Authorization: {said}</pre></html>"),
    "garbage": (502, lambda said: f"\x00\x01{said}"),
    "a list": (503, lambda said: json.dumps([said])),
    "an object in place of the words": (503, lambda said: json.dumps({"error": {"headers": {"Authorization": said}}})),
    "the header in Base64": (401, lambda said: json.dumps({"error": base64.b64encode(said.encode()).decode()})),
    "brackets without end": (500, lambda _: "[" * 200_000),
    "garbage as a success": (200, lambda said: f"not JSON, {said}"),
    "nothing": (0, lambda _: ""),
}


@pytest.fixture(scope="module")
def careless(arena_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArenaProcess]:
    """An arena whose token was made by `echo`: it ends in a line break."""
    binds = dict(zip(("arena_bind", "game_manager_bind"), free_binds(2), strict=True))
    with_break = {"manager_token": SecretStr(f"{TOKEN}\n")}
    process = ArenaProcess(
        arena_settings.model_copy(update=binds | with_break), tmp_path_factory.mktemp("careless") / "arena.log"
    )
    process.start()
    yield process
    process.close()


@pytest.fixture
def stored(arena_settings: Settings) -> Iterator[Callable[[], str]]:
    with connect(arena_settings) as redis:
        yield lambda: everything(redis, arena_settings.key_prefix)


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_the_bot_manager_answers_nobody_sees_the_token(
    careless: ArenaProcess, bots: FakeBotManager, stored: Callable[[], str], answer: str
) -> None:
    bots.status, bots.words = ANSWERS[answer]
    made = careless.http.post("/v2/games", json={"bot_players": ["A"], "num_players": 2})
    assert bots.calls[0].authorization == f"Bearer {TOKEN}", "sent without its line break"
    assert made.status_code == (200 if bots.status == 200 else 502)
    for text in (made.text, str(made.headers), careless.log, stored()):
        assert not shows_the_token(text)


def shows_the_token(text: str) -> bool:
    """Or the half of it that a cut would leave, or what anybody could decode."""
    header = f"Bearer {TOKEN}".encode()
    encoded = [base64.b64encode(said).decode()[10:-4] for said in (TOKEN.encode(), header)]
    return any(part in text for part in (TOKEN, TOKEN[:8], TOKEN[-8:], *encoded, quote(TOKEN[:8], safe="")))


def test_no_manager_at_all_is_told_without_the_token(careless: ArenaProcess, tmp_path: Path) -> None:
    (nowhere, *binds) = free_binds(3)
    lonely = careless.settings.model_copy(
        update={
            "bot_manager_base_url": f"http://{nowhere}",
            **dict(zip(("arena_bind", "game_manager_bind"), binds, strict=True)),
        }
    )
    arena = ArenaProcess(lonely, tmp_path / "arena.log")
    try:
        arena.start()
        made = arena.http.post("/v2/games", json={"bot_players": ["A"], "num_players": 2})
        assert made.status_code == 502
        assert "bot manager not reachable" in made.text
        assert not shows_the_token(made.text + arena.log)
    finally:
        arena.close()


@pytest.mark.parametrize("token", [f"{TOKEN[:8]}\n{TOKEN[8:]}", f"{TOKEN}é", f"{TOKEN} {TOKEN}"])
def test_a_token_that_no_header_can_hold_is_refused_by_name(arena_settings: Settings, token: str) -> None:
    name = environment_name("manager_token")
    done = subprocess.run(
        [sys.executable, "-m", "cowboy", "arena"],
        env={**os.environ, **environment_of(arena_settings), name: token},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"{name}: must be of printable ASCII" in done.stderr
    assert not shows_the_token(done.stdout + done.stderr)
