"""`cowboy characters why`, `forget` and `heat-map`: what they ask, and what they make of the answer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cowboy.cli import main
from cowboy.settings import settings
from tests.integration.cli.operators_api import OperatorsApi, operators_api

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]


def fact(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "danger", "map": "abc123", "cell": "3,5", "opponent": None, "counts": {"lost": 3}, "left": None,
        "game_id": "game-7", "turn_no": 12, "witness": "Ida", "at": "2026-01-01T00:00:00Z", "deaths": 2,
        "first_deaths": 4, **changes,
    }  # fmt: skip


HABITS = fact(kind="habits", map=None, cell=None, opponent="joss", counts={"turns": 9, "move up": 4})
FOLDED = fact(cell="*", counts={"lost": 99})
HOSTILE = "\x1b[31m[bold]A cheats"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[OperatorsApi]:
    with operators_api() as serving:
        monkeypatch.setenv("BOT_MANAGER_BASE_URL", serving.base_url)
        settings.cache_clear()
        opinions = [{"game_id": "game-8", "turn_no": 5, "text": HOSTILE}]
        facts = [fact(), fact(cell="0,0", counts={"lost": 1}), fact(map="def", cell="1,1"), FOLDED, HABITS]
        known = {"name": "Ida", "scope": "ida", "total": len(facts), "facts": facts, "opinions": opinions}
        serving.answer("characters/Ida/knowledge", known)
        serving.answer("characters/Nobody/knowledge", {**known, "facts": [], "opinions": [], "total": 0})
        yield serving
    settings.cache_clear()


def cowboy(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["characters", *arguments], prog_name="cowboy", env={"COLUMNS": "200"})


def test_each_thing_is_told_with_the_game_the_turn_the_witness_and_the_deaths(api: OperatorsApi) -> None:
    done = cowboy("why", "Ida", "--kind", "danger", "--limit", "7")
    assert done.exit_code == 0, done.output
    (row,) = (line for line in done.stdout.splitlines() if "abc123 3,5" in line)
    assert all(word in row for word in ("danger", "lost 3", "Ida", "game-7", "12", "2"))
    assert any("joss" in line and "move up 4" in line for line in done.stdout.splitlines())
    assert api.calls[0].path == "characters/Ida/knowledge?kind=danger&limit=7"


def test_an_opinion_is_told_as_one_and_as_plain_text(api: OperatorsApi) -> None:
    said = cowboy("why", "Ida").stdout
    assert "opinion" in said
    assert "[bold]A cheats" in said
    assert "\x1b" not in said


def test_the_answer_can_be_had_as_it_came(api: OperatorsApi) -> None:
    assert json.loads(cowboy("why", "Ida", "--json").stdout)["facts"][0] == fact()


def test_an_opponent_is_forgotten(api: OperatorsApi) -> None:
    api.answer("characters/forget", {"opponent": "person:A", "scopes": 3})
    assert json.loads(cowboy("forget", "--opponent", "person:A", "--json").stdout)["scopes"] == 3
    assert (api.calls[0].method, api.calls[0].body) == ("POST", {"opponent": "person:A"})


def test_the_map_that_is_known_best_is_drawn(api: OperatorsApi, tmp_path: Path) -> None:
    picture = tmp_path / "ida.svg"
    done = cowboy("heat-map", "Ida", str(picture), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"picture": str(picture), "kind": "danger", "map": "abc123", "cells": 2}
    assert b"<svg" in picture.read_bytes()


def test_of_nothing_nothing_is_drawn_and_the_reason_is_told(api: OperatorsApi, tmp_path: Path) -> None:
    picture = tmp_path / "nobody.svg"
    done = cowboy("heat-map", "Nobody", str(picture))
    assert done.exit_code == 1
    assert "Nobody knows nothing" in done.stderr
    assert not picture.exists()
