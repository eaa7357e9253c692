"""A game that a bot begins waits until few others are at their first turn, and no longer than it has to."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from cowboy.arena import starts
from cowboy.arena.server import running_arena
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.settings import Settings
from tests.integration.arena.bot_manager import FakeBotManager
from tests.waiting import wait_for


def test_a_start_waits_for_the_first_turn_of_another_game(
    arena_settings: Settings, bots: FakeBotManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "PATIENCE_SECONDS", 3600)
    monkeypatch.setattr(starts, "LONGEST_WAIT_SECONDS", 3600)
    own = {"key_prefix": f"{uuid4().hex}:", "input_topic_prefix": f"{uuid4().hex}.in", "max_turns": 1}
    settings = arena_settings.model_copy(update=own)
    with running_arena(settings) as arena, TestClient(arena.public) as client, ThreadPoolExecutor(1) as pool:

        def create(*bot_players: str) -> dict[str, Any]:
            answer = client.post("/v2/games", json={"num_players": 2, "bot_players": bot_players})
            return dict(answer.json())

        def start(game: dict[str, Any]) -> str:
            return str(client.post(f"/v2/games/{game['game_id']}/start").json()["status"])

        def status(game: dict[str, Any]) -> str:
            return str(client.get(f"/v2/games/{game['game_id']}").json()["status"])

        begun, last, persons = [create("A") for _ in range(starts.AT_ONCE)], create("A", "B"), create("B")
        assert [start(game) for game in begun] == ["RUNNING"] * starts.AT_ONCE
        waiting = pool.submit(start, last)
        assert start(persons) == "RUNNING"
        assert status(last) == "CREATED"

        said = {"command_type": "speak", "speak_text": "Hm.", "client_sent_at": "2026-01-01T00:00:00Z"}
        remark = {"command_id": "hm", "player_id": begun[0]["current_player_id"], "turn_no": 1, **said}
        assert client.post(f"/v2/games/{begun[0]['game_id']}/commands", json=remark).json()["accepted"]
        wait_for(waiting.done)
        assert waiting.result() == "RUNNING"
    assert len(bots.calls) == starts.AT_ONCE + 2


def test_the_topic_of_a_new_game_is_asked_for_before_anything_is_written_to_it(
    arena_settings: Settings, bots: FakeBotManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first event would wait for the broker's answer."""
    asked: list[str] = []
    monkeypatch.setattr(Producer, "expect", lambda _producer, topic: asked.append(topic))
    settings = arena_settings.model_copy(update={"key_prefix": f"{uuid4().hex}:"})
    with running_arena(settings) as arena, TestClient(arena.public) as client:
        game = client.post("/v2/games", json={"num_players": 2, "bot_players": ["A"]}).json()
    assert asked == [TopicNames.of(settings).output_of(game["game_id"])]
    assert bots.calls
