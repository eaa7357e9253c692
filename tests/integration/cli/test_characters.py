"""`cowboy characters` against the bot manager as it is: a folder goes in, and comes out again."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from cowboy.cli import main
from cowboy.settings import Settings
from cowboy.settings import settings as settings_of_process
from cowboy.state.client import Redis
from tests.bot_manager import bot_manager_server

pytestmark = pytest.mark.integration

RECORDS = {
    "Ida": {"created_at": 100, "died_at": 300, "inherited_to": "Kit", "sessions": 4, "kills": 3},
    "Kit": {"created_at": 300, "inherited_from": "Ida", "ship_name": "Red Flint"},
}
KNOWN = {
    "generation": 1,
    "facts": {"h joss": {"n": {"turns": 3}, "g": "g1", "t": 4, "w": "Ida", "m": 1_700_000_000_000, "k": 0, "f": 0}},
}


@pytest.fixture(autouse=True)
def _bot_manager(settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    wanted = settings.model_copy(update={"characters": "inherit_on_death"})
    with capture_logs(), bot_manager_server(wanted) as served:
        monkeypatch.setenv("BOT_MANAGER_BASE_URL", served.bot_manager_base_url)
        settings_of_process.cache_clear()
        yield
        settings_of_process.cache_clear()


def told(*typed: object, exit_code: int = 0) -> str:
    done = CliRunner().invoke(main, ["characters", *map(str, typed)])
    assert done.exit_code == exit_code, done.output
    return done.output


def asked(*typed: object) -> Any:
    return json.loads(told(*typed, "--json"))


def test_a_folder_is_taken_over_and_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "character_records.json").write_text(json.dumps({"records": RECORDS}))
    (folder / "Lee_state.json").write_text(json.dumps({"last_active": 500, "deaths": 2}))
    (folder / "Kit_sectors.json").write_text(json.dumps(KNOWN))
    (folder / "Huge_state.json").write_text("[" + "1," * 300_000)
    (folder / "Bad_state.json").write_bytes(b"\xff")
    (folder / "Broken_state.json").write_text('{"created_at": 1')
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    answer = asked("import", folder)
    assert answer["imported"] == ["Ida", "Kit", "Lee"]
    assert set(answer["faults"]) == {"Bad_state.json", "Broken_state.json", "Huge_state.json"}
    assert set(answer["remarks"]) == {"Lee_state.json"}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert asked("import", folder)["present"] == ["Ida", "Kit", "Lee"]
    assert asked("show", "ida")["family"] == ["Ida", "Kit"]
    assert "└─ Kit on Red Flint" in told("tree", "Ida")
    told("tree", "--svg", tmp_path / "tree.svg")
    assert Xml.parse(tmp_path / "tree.svg").getroot().tag.endswith("svg")  # noqa: S314  # our own

    out = tmp_path / "ours"
    assert asked("export", out)["exported"] == 3
    written = json.loads((out / "character_records.json").read_text())["records"]
    assert {name: one["died_at"] for name, one in written.items()} == {"Ida": 300.0, "Kit": None, "Lee": None}
    assert written["Ida"]["kills"] == 3
    assert json.loads((out / "Kit_sectors.json").read_text()) == KNOWN
    assert len(list(out.iterdir())) == 5
    assert "is not empty" in told("export", out, exit_code=1)


def test_one_is_made_retired_and_counted(tmp_path: Path) -> None:
    assert asked("create", "--name", "Calamity Joe", "--horse", "Biscuit")["horse_name"] == "Biscuit"
    assert "is taken" in told("create", "--name", "calamity joe", exit_code=1)
    assert asked("retire", "Calamity Joe")["status"] == "retired"
    assert [one["name"] for one in asked("list", "--status", "retired")["characters"]] == ["Calamity Joe"]
    assert asked("statistics")["retired_characters"] == 1
    assert "keep=-1" in told("clean-up", "--keep", "-1", exit_code=1)
    assert asked("clean-up")["names"] == asked("release", "i1")["names"] == []
    assert "there is no folder" in told("import", tmp_path / "nowhere", exit_code=1)


def test_whatever_lies_in_a_folder_the_rest_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cowboy.cli.characters.PART_FILES", 2)  # several requests
    records = {"": {"created_at": 5}, "Big": {"created_at": 5, "junk": "x" * 300_000}, "I\ud800da": {"created_at": 5}}
    (tmp_path / "character_records.json").write_text(json.dumps({"records": records | RECORDS}))
    (tmp_path / f"{'x' * 200}_state.json").write_text("{}")
    (tmp_path / "\udcffLee_state.json").write_text("{}")  # as Python tells a byte that is no text
    (tmp_path / "Controls_state.json").write_text("\x01" * 100_000)  # six times as long when it is sent
    os.mkfifo(tmp_path / "Pipe_state.json")
    answer = asked("import", tmp_path)
    assert answer["imported"] == ["Ida", "Kit"]
    assert set(answer["faults"]) == {
        "_state.json",
        "character_records.json#Big",
        "I\\ud800da_state.json",
        "x" * 200,
        "\\udcffLee_state.json",
        "Controls_state.json",
        "Pipe_state.json",
    }
    assert {one["name"] for one in asked("list")["characters"]} == {"Ida", "Kit"}
