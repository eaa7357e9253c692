"""The arena as a process: killed and started again it goes on where it was; told to stop, it stops at once."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cowboy.arena.server import serve
from cowboy.errors import PortTaken
from cowboy.local.ports import free_binds
from cowboy.local.servers import broker_service
from cowboy.settings import Settings
from tests.integration.arena.process import ArenaProcess, request
from tests.integration.arena.test_stream import Stream, watching
from tests.integration.arena.topics import read_topic
from tests.waiting import wait_for


@pytest.fixture
def own_arena(settings: Settings, redis: object, tmp_path: Path) -> Iterator[ArenaProcess]:
    """A process that a test may kill. There is no bot manager."""
    arena_bind, manager_bind, nobody = free_binds(3)
    own = {
        "arena_bind": arena_bind,
        "game_manager_bind": manager_bind,
        "bot_manager_base_url": f"http://{nobody}",
    }
    process = ArenaProcess(settings.model_copy(update=own), tmp_path / "arena.log")
    yield process
    process.close()


def test_a_game_survives_the_death_of_the_arena_in_the_middle_of_a_turn(own_arena: ArenaProcess) -> None:
    own_arena.start()
    game_id, players = own_arena.create_started(turn_timeout_seconds=2)
    sent = [own_arena.send(game_id, player_id=players[0]) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [200, 200]
    own_arena.kill()

    own_arena.start()
    # Nobody acts: the timeouts, due while the arena was dead or later, must come all the same.
    wait_for(lambda: own_arena.game(game_id)["turn_no"] >= 4)
    turn_no, actor = own_arena.game(game_id)["turn_no"], own_arena.game(game_id)["current_player_id"]
    own_arena.internal.post(
        f"/internal/v2/games/{game_id}/commands/process", json=request(player_id=actor, turn_no=turn_no)
    )

    output = f"{own_arena.settings.output_topic_prefix}.{game_id}.v1"
    events = read_topic(own_arena.settings, output, 6)
    by_number = {event["step_seq"]: event for event in events}  # the kill may have doubled one
    story = [(by_number[n]["event_type"], by_number[n]["result_status"]) for n in range(1, 6)]
    assert story == [
        ("GAME_STARTED", "APPLIED"),
        ("STEP_APPLIED", "APPLIED"),
        ("STEP_APPLIED", "IGNORED_TIMEOUT"),
        ("TIMEOUT_APPLIED", "TIMEOUT_APPLIED"),
        ("TIMEOUT_APPLIED", "TIMEOUT_APPLIED"),
    ]


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator["OwnBroker"]:
    broker = OwnBroker(tmp_path)
    yield broker
    broker.kill()


class OwnBroker:
    """An embedded broker that a test may kill; it keeps everything in memory."""

    def __init__(self, home: Path) -> None:
        (self.bind,) = free_binds(1)
        self._service = broker_service(self.bind, home)
        self.start()

    def start(self) -> None:
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(self._service.command, stdout=quiet, stderr=quiet)
        wait_for(self._service.ready)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def test_a_running_game_is_played_on_after_the_embedded_broker_has_lost_everything(
    own_arena: ArenaProcess, own_broker: OwnBroker
) -> None:
    own_broker_settings = {"kafka_bootstrap_servers": str(own_broker.bind), "broker_kind": "tansu"}
    own_arena.settings = own_arena.settings.model_copy(update=own_broker_settings)
    own_arena.start()
    game_id, players = own_arena.create_started()
    for _ in range(40):
        own_arena.send(game_id, player_id=players[0])
    wait_for(lambda: own_arena.game(game_id)["turn_no"] == 2)

    own_broker.kill()
    own_broker.start()
    tries = []

    def acted() -> bool:
        """Sent again and again, as players do: what comes while the broker is coming back may be lost with the rest."""
        tries.append(own_arena.send(game_id, player_id=players[1], turn_no=2))
        return bool(own_arena.game(game_id)["turn_no"] == 3)

    wait_for(acted)
    assert len(tries) < 40, "the new topic was read only from where the old one had been left"
    own_arena.create_started()


def test_it_stops_quickly_and_cleanly_even_with_viewers(own_arena: ArenaProcess) -> None:
    own_arena.start()
    game_id, _ = own_arena.create()
    with watching(own_arena, game_id) as connection:
        Stream(connection).until("SNAPSHOT")
        began = time.monotonic()
        assert own_arena.stop() == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in own_arena.log


def test_a_taken_port_refuses_the_start_and_says_which_setting_moves_it(settings: Settings) -> None:
    free, taken = free_binds(2)
    wanted = settings.model_copy(update={"arena_bind": free, "game_manager_bind": taken})

    refused = pytest.raises(PortTaken, match=f"cannot listen on {taken} .*; set GAME_MANAGER_BIND to another host:port")
    with socket.create_server((taken.host, taken.port)), refused:
        serve(wanted)
