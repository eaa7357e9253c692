"""The arena as a process: killed and started again it goes on where it was; told to stop, it stops at once."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cowboy.arena.server import serve
from cowboy.errors import PortTaken
from cowboy.local.ports import free_binds
from cowboy.local.supervisor import Supervisor, supervising
from cowboy.settings import Settings
from tests.brokers import Brokers
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
def own_brokers(new_brokers: Callable[[Path], Brokers], tmp_path: Path) -> Iterator[tuple[Brokers, Supervisor]]:
    """Brokers that a test may kill, and what looks after them."""
    home = tmp_path / "brokers"
    brokers = new_brokers(home)
    with supervising(home) as supervisor:
        brokers.start(supervisor)
        yield brokers, supervisor


def test_a_running_game_is_played_on_after_the_broker_was_killed_the_embedded_one_has_lost_everything_then(
    own_arena: ArenaProcess, own_brokers: tuple[Brokers, Supervisor]
) -> None:
    brokers, supervisor = own_brokers
    own_arena.settings = own_arena.settings.model_copy(update=dict(brokers.settings))
    own_arena.start()
    game_id, players = own_arena.create_started()
    for _ in range(40):
        own_arena.send(game_id, player_id=players[0])
    wait_for(lambda: own_arena.game(game_id)["turn_no"] == 2)

    brokers.kill(supervisor)
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
