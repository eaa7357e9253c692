"""The key of an LLM profile stays in the process that reads the file: not in answers, not in Redis, not in logs."""

from pathlib import Path

import pytest

from cowboy.models.profiles import load_profiles
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import Instances
from manager_api.app import create_app
from tests.game_manager import GameManagerServer
from tests.integration.manager_api.conftest import GAME, post
from tests.redis_dump import everything
from tests.tables import IDS

pytestmark = pytest.mark.integration

KEY = "sk-5eb1c9d0-never-to-be-seen"
BASE = f"/internal/v3/games/{GAME}"
PROFILES = f"""
default: {{base_url: "http://127.0.0.1:9999/v1", model: "openai:saloon-7b", api_key: "{KEY}", output_mode: json}}
"""


def test_the_key_never_appears_anywhere(
    settings: Settings,
    redis: Redis,
    instances: Instances,
    tasks: list[list[object]],
    game_manager: GameManagerServer,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "llm.yaml").write_text(PROFILES, encoding="utf-8")
    configured = settings.model_copy(update={"llm_config_path": tmp_path / "llm.yaml"})
    api = create_app(configured, load_profiles(configured)).test_client()

    made = post(api, f"{BASE}/assignments/default", {"profiles": {"B": "default"}})
    bot = f"/internal/v3/bots/{made['bindings'][0]['bot_id']}"
    answers = [
        api.get(bot),
        api.get("/internal/v3/bots"),
        api.get(BASE),
        api.get("/internal/v3/games"),
        api.get("/internal/v3/instances"),
        api.get(f"{BASE}/turns"),
        api.get("/health/ready"),
        api.get("/openapi/openapi.json"),
        api.post(f"{bot}/move", json={}),
        api.post(f"{BASE}/teach", json={}),
        api.post(
            "/internal/v3/bots",
            json={"game_id": GAME, "player_id": IDS[0], "player_name": "A", "llm_api_key": KEY}
            | {"input_topic": "i", "output_topic": "o"},
            headers={"Idempotency-Key": "k"},
        ),
        api.post(f"{BASE}/assignments/default", json={"profiles": {"B": KEY}, "force_recreate": True}),
        api.post(f"{BASE}/assignments/default", json={"brains": {"B": KEY}, "force_recreate": True}),
    ]
    detail = answers[0].json
    assert (detail["profile"], detail["llm_base_url"]) == ("default", "http://127.0.0.1:9999/v1")
    assert (detail["llm_model"], detail["llm_output_mode"]) == ("openai:saloon-7b", "json")
    answers.append(api.post(f"{BASE}/bots/stop", json={}))

    seen = "\n".join(answer.text for answer in answers)
    stored = everything(redis, settings.key_prefix)
    logged = "".join(capfd.readouterr())
    assert "default" in stored and "bot_ready" in logged  # noqa: PT018  # what was looked through is what was meant
    for text in (seen, stored, logged):
        assert KEY not in text
