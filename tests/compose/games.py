"""Games of bots through the published ports, and whether they go on."""

import time

import httpx

from cowboy.game.wire.http import CreateGame
from cowboy.game.wire.objects import Map
from cowboy.game.words import PlayerName
from cowboy.match.client import GameClient
from cowboy.settings import Settings
from cowboy.state.records import TurnRecord
from tests.e2e.outages.house import ROOMS
from tests.waiting import wait_for

ARENA = "http://127.0.0.1:8000"
MANAGER = "http://127.0.0.1:8090"
STANDS_STILL_SECONDS = 60.0
"""A game that shows no turn for so long stands still."""
TURNS = 3
TURN_TIMEOUT_SECONDS = 10
ENDLESS = 1_000_000


class Table:
    """Games that have been begun."""

    def __init__(self, token: str) -> None:
        settings = Settings(game_manager_base_url=ARENA, bot_manager_base_url=MANAGER, manager_token=token)
        self._client = GameClient(settings)
        self._http = httpx.Client(base_url=ARENA, trust_env=False)
        self._endless: list[str] = []

    def begin(self, max_turns: int = ENDLESS) -> str:
        """A game in which nobody is ever hit, with four bots; its id."""
        game = self._client.create(
            CreateGame(
                num_players=4,
                bot_players=tuple(PlayerName)[:4],
                map=Map.from_grid(ROOMS),
                max_turns=max_turns,
                turn_timeout_seconds=TURN_TIMEOUT_SECONDS,
            )
        )
        self._client.wait_for_bots(game.game_id)
        self._client.start(game.game_id)
        if max_turns == ENDLESS:
            self._endless.append(game.game_id)
        return game.game_id

    def records(self, game_id: str) -> list[TurnRecord]:
        return self._client.records(game_id)

    def status(self, game_id: str) -> str:
        return str(self._ask(game_id)["status"])

    def go_on(self) -> float:
        """Seconds until each game without an end has shown a few turns more. Fails when one stands still."""
        began = time.monotonic()
        wanted = {game_id: self._turn(game_id) + TURNS for game_id in self._endless}
        for game_id, turn_no in wanted.items():
            wait_for(lambda game_id=game_id, turn_no=turn_no: self._turn(game_id) >= turn_no, STANDS_STILL_SECONDS)  # type: ignore[misc]
        return time.monotonic() - began

    def close(self) -> None:
        self._client.close()
        self._http.close()

    def _turn(self, game_id: str) -> int:
        return int(self._ask(game_id)["turn_no"])

    def _ask(self, game_id: str) -> dict[str, str]:
        """The game as it stands. An arena that is just being started again is waited for."""

        def answer() -> httpx.Response | None:
            try:
                answer = self._http.get(f"/v2/games/{game_id}")
            except httpx.HTTPError:
                return None
            return answer if answer.is_success else None

        got: dict[str, str] = wait_for(answer, STANDS_STILL_SECONDS).json()
        return got
