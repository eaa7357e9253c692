"""`cowboy bots`, `instances` and `games` against the bot manager as it is, with a real Redis behind it."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs
from werkzeug.serving import make_server

from cowboy.cli import main
from cowboy.settings import Settings
from cowboy.settings import settings as settings_of_process
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from cowboy.state.tables import Tables, Update
from cowboy.state.turns import TurnRef, Turns
from manager_api.app import create_app
from tests.game_manager import GameManagerServer, game_manager_server
from tests.queues import celery_on
from tests.tables import IDS, a_command, a_record, binding, game, table
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

TOKEN = "a-token-of-the-tests"
GAME = "5d0c6c1e-6f0e-4b7b-9a52-3a1f0f7f2b10"


@pytest.fixture
def game_manager() -> Iterator[GameManagerServer]:
    with game_manager_server() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, game_manager: GameManagerServer) -> Settings:
    changes = {"game_manager_base_url": game_manager.base_url, "manager_token": TOKEN, "assignment_wait_seconds": 0.3}
    return Settings.model_validate(settings.model_dump() | changes)


@pytest.fixture(autouse=True)
def _bot_manager(settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real one, where the commands look for it. Its log does not get among what they print."""
    server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    monkeypatch.setenv("BOT_MANAGER_BASE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("COWBOY_MANAGER_TOKEN", TOKEN)
    settings_of_process.cache_clear()
    with celery_on(settings), capture_logs():
        thread.start()
        yield
        server.shutdown()
        thread.join()
        server.server_close()
    settings_of_process.cache_clear()


@pytest.fixture(autouse=True)
def _system(settings: Settings, redis: Redis) -> None:
    """Two instances, and a game whose bots A and B are on the first, with A to act."""
    keys = Keys(settings.key_prefix)
    instances = Instances(redis, keys, settings.dead_after_seconds)
    for name in ("i1", "i2"):
        instances.beat(Instance(name=name, capacity=2, pool="threads", concurrency=4, pid=7))
    bots = [binding(GAME, seat) for seat in (0, 1)]
    Games(redis, keys, settings.history_ttl_seconds).assign(AssignedGame(game_id=GAME, turn_timeout_seconds=60), bots)
    for bot in bots:
        instances.place(GAME, bot.player_id, on="i1")
    turn = Update(table(GAME), datetime.now(UTC) + timedelta(seconds=60), ())
    Tables(redis, keys, settings.recent_events, patience_seconds=2, rescue_seconds=1).store([turn])


def cowboy(*arguments: str) -> Any:
    """What a command says, as JSON; it can tell people, too."""
    done = CliRunner().invoke(main, [*arguments, "--json"], prog_name="cowboy")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def shown(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments, prog_name="cowboy")
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments, prog_name="cowboy")
    assert done.exit_code == 1
    return done.stderr


def test_everything_is_listed_and_shown_to_people() -> None:
    assert all(text in shown("bots", "list") for text in ("bot-0", "bot-1", GAME, "READY", "random"))
    assert "i2" not in shown("bots", "list", "--instance", "i1", "--status", "READY")
    assert shown("bots", "list", "--status", "FAILED") == "no bots\n"
    assert "1 of 2" in shown("bots", "list", "--limit", "1")
    assert "BOT_ASSIGNED" in shown("bots", "show", "bot-1")
    assert all(text in shown("instances", "list") for text in ("i1", "i2", "threads"))
    assert "concurrency" in shown("instances", "show", "i2")
    assert all(text in shown("games", "list") for text in (GAME, "A, B"))
    assert all(text in shown("games", "show", GAME) for text in ("turn_no 1", "bot-0", "bot-1"))


def test_a_bot_is_paused_resumed_moved_and_taught() -> None:
    assert cowboy("bots", "pause", "bot-0")["pauses"] == ["bot"]
    assert cowboy("bots", "resume", "bot-0")["pauses"] == []
    assert cowboy("bots", "move", "bot-0", "--to", "i2")["instance"] == "i2"
    assert cowboy("bots", "move", "bot-0")["instance"] == "i1"
    assert cowboy("bots", "teach", "bot-1", "--guide-version", "v7")["game_guide_version"] == "v7"
    assert cowboy("bots", "teach", "bot-1")["game_guide_version"] == "v7"


def test_an_instance_is_paused_resumed_and_drained() -> None:
    assert cowboy("instances", "pause", "i2")["closure"] == "paused"
    assert cowboy("instances", "resume", "i2")["closure"] is None
    # A busy machine may need more than one go; elsewhere the keeper would see to the rest.
    wait_for(lambda: cowboy("instances", "drain", "i1")["bots"] == 0)
    assert cowboy("instances", "show", "i1")["closure"] == "draining"
    assert cowboy("bots", "list", "--instance", "i2")["total"] == 2


def test_a_game_is_paused_resumed_taught_stopped_and_assigned(game_manager: GameManagerServer) -> None:
    assert [bot["pauses"] for bot in cowboy("games", "pause", GAME)["bots"]] == [["game"], ["game"]]
    assert [bot["pauses"] for bot in cowboy("games", "resume", GAME)["bots"]] == [[], []]
    taught = cowboy("games", "teach", GAME, "--guide-version", "v7")
    assert [bot["game_guide_version"] for bot in taught["bots"]] == ["v7", "v7"]
    assert cowboy("games", "stop", GAME, "--reason", "too late")["destroyed_bot_count"] == 2
    game_manager.know(game(GAME))
    assert len(cowboy("games", "assign", GAME)["bindings"]) == 3


def test_the_turns_that_bots_played_are_listed_and_one_of_them_is_shown(settings: Settings, redis: Redis) -> None:
    assert shown("turns", "show", GAME) == "no turns\n"
    turns = Turns(redis, Keys(settings.key_prefix), lease_seconds=60, history_ttl_seconds=60, confirm_seconds=3)
    turn, record = TurnRef(GAME, IDS[0], 1), a_record(1)
    turns.publish(turn, a_command(turn), record.model_dump_json())
    assert all(text in shown("turns", "show", GAME) for text in ("random", "shield", "nodes 7"))
    assert cowboy("turns", "show", GAME, "1") == {
        "game_id": GAME,
        "turn": record.model_dump(mode="json"),
        "transcript": None,
    }
    assert "no bot has played turn 2" in refused("turns", "show", GAME, "2")


def test_what_cannot_be_done_is_told_in_one_line_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cowboy bots list" in refused("bots", "show", "bot-9")
    assert "cowboy instances list" in refused("instances", "drain", "i9")
    assert "cowboy games list" in refused("games", "pause", "no-such-game")
    assert "cowboy bots show bot-0" in refused("bots", "move", "bot-0", "--to", "i9")
    monkeypatch.delenv("COWBOY_MANAGER_TOKEN")
    settings_of_process.cache_clear()
    assert "set COWBOY_MANAGER_TOKEN" in refused("bots", "list")
