"""`cowboy arena` as a child process of the tests, and a V2 client's handful of calls to it."""

import os
import signal
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from cowboy.local.environment import base_url, environment_of
from cowboy.settings import Settings
from tests.waiting import wait_for

EMPTY_5X5 = {"rows": 5, "cols": 5, "cells": [[0] * 5] * 5}


LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({0}, {0})); "


class ArenaProcess:
    """Made stopped; `start` returns once it answers. `descriptors` are the files it may hold, if not as many as we."""

    def __init__(self, settings: Settings, log: Path, descriptors: int | None = None) -> None:
        self.settings = settings
        self.http = httpx.Client(base_url=base_url(settings.arena_bind), timeout=20)
        self.internal = httpx.Client(base_url=base_url(settings.game_manager_bind), timeout=20)
        self._log = log
        self._limited = "" if descriptors is None else LIMITED.format(descriptors)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, **environment_of(self.settings), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-c", f"{self._limited}from cowboy.cli.arena import arena; arena()"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        wait_for(self._answers)

    def kill(self) -> None:
        """As if the machine had lost power."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        return self._end(signal.SIGTERM)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        self.http.close()
        self.internal.close()

    @property
    def log(self) -> str:
        return self._log.read_text()

    # -- what a V2 client does ------------------------------------------------------------------------------------

    def create(self, **wanted: Any) -> tuple[str, list[str]]:
        """A new game without bots, on an empty 5 x 5 board unless said otherwise: its id, and those of its players."""
        answer = self.http.post("/v2/games", json={"bot_players": [], "map": EMPTY_5X5} | wanted)
        assert answer.status_code == 200, answer.text
        created = answer.json()
        return created["game_id"], [player["player_id"] for player in created["players"]]

    def create_started(self, **wanted: Any) -> tuple[str, list[str]]:
        game_id, players = self.create(**wanted)
        assert self.http.post(f"/v2/games/{game_id}/start").json()["started"]
        return game_id, players

    def game(self, game_id: str) -> dict[str, Any]:
        game: dict[str, Any] = self.http.get(f"/v2/games/{game_id}").json()
        return game

    def send(self, game_id: str, **fields: Any) -> httpx.Response:
        return self.http.post(f"/v2/games/{game_id}/commands", json=request(**fields))

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        try:
            return self.internal.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(20)


def request(**fields: Any) -> dict[str, Any]:
    """A command request with all seven fields, as the page sends it; a legal shield unless said otherwise."""
    known = {
        "command_id": str(uuid.uuid4()),
        "player_id": "nobody",
        "command_type": "shield",
        "direction": "up",
        "speak_text": None,
        "turn_no": 1,
        "client_sent_at": datetime.now(UTC).isoformat(),
    }
    return known | fields
