"""An arena that may hold few file descriptors refuses viewers, and goes on with everything else."""

import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from cowboy.arena.server import Room
from cowboy.arena.uvicorn_internals import REFUSAL
from cowboy.arena.watcher import MAX_VIEWERS
from cowboy.local.doctor import Health, check_descriptors
from cowboy.local.ports import free_binds
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.processes import Processes
from tests.integration.arena.process import ArenaProcess
from tests.integration.arena.test_stream import Stream, watching
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("bots")]

LIMIT = 256
ROOM = Room.of(LIMIT)
STRANGERS = 400


@pytest.fixture
def small(arena_settings: Settings, tmp_path: Path) -> Iterator[ArenaProcess]:
    """An arena of its own that may hold `LIMIT` descriptors."""
    arena_bind, manager_bind = free_binds(2)
    changes: dict[str, Any] = {
        "arena_bind": arena_bind,
        "game_manager_bind": manager_bind,
        "key_prefix": f"t{uuid.uuid4().hex[:12]}:",
        "max_turns": 1000,
    }
    process = ArenaProcess(arena_settings.model_copy(update=changes), tmp_path / "arena.log", LIMIT)
    try:
        process.start()
        yield process
    finally:
        process.close()


def crowd(arena: ArenaProcess, stack: ExitStack, game_id: str) -> list[ClientConnection]:
    """As many viewers as the arena takes; the next is refused with 503."""
    viewers: list[ClientConnection] = []
    status = 0
    while not status:
        try:
            viewers.append(stack.enter_context(watching(arena, game_id)))
        except InvalidStatus as refused:
            status = refused.response.status_code
    assert status == 503
    return viewers


def assert_all_goes_on(arena: ArenaProcess) -> None:
    """The page, the API, and a game through the broker."""
    assert arena.http.get("/").status_code == 200
    game_id, players = arena.create_started()
    for turn_no in range(1, 7):
        assert arena.send(game_id, player_id=players[1 - turn_no % 2], turn_no=turn_no).status_code == 200
        wait_for(lambda played=turn_no: arena.game(game_id)["turn_no"] > played)
    assert arena.internal.get(f"/v2/games/{game_id}").status_code == 200


def test_viewers_beyond_what_the_process_may_hold_are_refused_and_all_else_goes_on(small: ArenaProcess) -> None:
    game_id, players = small.create_started()
    with ExitStack() as stack:
        viewers = crowd(small, stack, game_id)
        assert len(viewers) == ROOM.viewers < MAX_VIEWERS
        assert_all_goes_on(small)
        small.send(game_id, player_id=players[0])
        assert Stream(viewers[-1]).until("SHIELD")
        viewers[0].close()
        wait_for(lambda: len(crowd(small, stack, game_id)) == 1)


def test_connections_that_ask_for_nothing_neither_stop_games_nor_keep_others_out(
    small: ArenaProcess, redis: Redis
) -> None:
    with ExitStack() as stack:
        for bind in (small.settings.arena_bind, small.settings.game_manager_bind):
            for _ in range(STRANGERS):
                stranger = stack.enter_context(socket.create_connection((bind.host, bind.port), timeout=20))
                stranger.sendall(b"GET / HT")
        assert_all_goes_on(small)
        assert "out of system resource" not in small.log
        (sheet,) = Processes(redis, Keys(small.settings.key_prefix), 60).live()
    assert sheet.descriptor_limit == LIMIT
    finding = check_descriptors([sheet])
    assert (finding.health, f"of {LIMIT}" in finding.saw) == (Health.POOR, True)


def test_a_limit_that_is_usual_leaves_room_for_all_viewers_we_serve() -> None:
    assert Room.of(1024).viewers == MAX_VIEWERS
    assert all(min(Room.of(limit)) > 0 for limit in (64, 128, 256))


def test_a_refusal_is_an_answer_that_can_be_read() -> None:
    head, _, body = REFUSAL.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
