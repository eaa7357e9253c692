"""A bot manager that may hold few file descriptors: who asks for nothing does not keep others out."""

import socket
from contextlib import ExitStack

import httpx
import pytest

from cowboy.local.environment import base_url
from cowboy.local.ports import free_binds
from cowboy.process.descriptors import room_for_strangers
from cowboy.settings import Settings
from tests.processes import running
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

LIMIT = 64


def test_strangers_that_ask_for_nothing_are_cut_and_others_are_answered(settings: Settings) -> None:
    (bind,) = free_binds(1)
    with ExitStack() as stack:
        stack.enter_context(
            running("cowboy", "manager", settings=settings.model_copy(update={"bot_manager_bind": bind}), files=LIMIT)
        )
        wait_for(lambda: is_alive(f"{base_url(bind)}/health/live", 5))
        strangers = [
            stack.enter_context(socket.create_connection((bind.host, bind.port)))
            for _ in range(2 * room_for_strangers(LIMIT))
        ]
        strangers[0].sendall(b"GET /health/live HT")
        wait_for(lambda: is_alive(f"{base_url(bind)}/health/live", 60), seconds=100)


def is_alive(url: str, seconds: float) -> bool:
    try:
        return httpx.get(url, timeout=seconds, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
