"""A client of the game backend's manager. It is used to make games, at assignment and for recovery, never for each
event."""

import time
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from cowboy.clients.connections import CONNECTIONS, certificates
from cowboy.errors import GameManagerError, UnplayableGame
from cowboy.errors.cause import reason_of
from cowboy.errors.validation import faults, first_fault
from cowboy.game.wire.base import Text, Unsigned, Wire
from cowboy.game.wire.http import CreatedGame, CreateGame
from cowboy.game.wire.objects import Game, PlayerIdentity
from cowboy.settings import Settings

W = TypeVar("W", bound=Wire)

REST_SECONDS = 3.0
"""After a time-out no caller waits for the game manager for so long: a loop over many games would stand still."""
HASTY_SECONDS = 2.0
"""The time limit for a loop that has other work."""


class Seating(Wire):
    """The players of a game, without its board."""

    class Seats(Wire):
        players: tuple[PlayerIdentity, ...]

    game_id: Text
    turn_timeout_seconds: Unsigned
    state: Seats


class GameManager:
    """Thread-safe; its methods raise `GameManagerError`. A GET takes at most `Settings.http_timeout_seconds`, or
    `HASTY_SECONDS` if that is less and the client is `hasty`; a POST takes at most twice that setting."""

    def __init__(self, settings: Settings, *, hasty: bool = False) -> None:
        bound = settings.http_timeout_seconds
        self._url = settings.game_manager_base_url
        self._client = httpx.Client(
            base_url=self._url,
            timeout=min(HASTY_SECONDS, bound) if hasty else bound,
            limits=CONNECTIONS,
            verify=certificates(),
            trust_env=False,
        )
        # The backend asks a bot manager meanwhile, with a bound of its own.
        self._patience_seconds = 2 * bound
        self._rests_until = 0.0

    def get(self, game_id: str) -> Game | None:
        """The game as it stands, or None if the manager does not know it.

        Raises `UnplayableGame` for one whose board is none.
        """
        return self._get(game_id, Game)

    def seating(self, game_id: str) -> Seating | None:
        """As `get`, but only the players, whatever the board."""
        return self._get(game_id, Seating)

    def create(self, options: CreateGame) -> CreatedGame:
        """A new game, its bots on their seats."""
        answer = self._post("/v2/games", options.model_dump(mode="json", exclude_none=True))
        return self._read(CreatedGame, answer, "the new game")

    def start(self, game_id: str) -> None:
        """Have the first turn begin. Fine when repeated."""
        self._post(f"{_path(game_id)}/start", {})

    def check(self, seconds: float) -> None:
        """Raises `GameManagerError` unless the game manager answers within that time."""
        answer = self._send("GET", "/health", timeout=seconds)
        if answer.status_code != httpx.codes.OK:
            raise GameManagerError(f"manager returned {answer.status_code} for its health")

    def close(self) -> None:
        self._client.close()

    def _get(self, game_id: str, kind: type[W]) -> W | None:
        if time.monotonic() < self._rests_until:
            raise GameManagerError("manager request failed: it did not answer a moment ago; try again")
        try:
            answer = self._send("GET", _path(game_id))
        except GameManagerError as error:
            if isinstance(error.__cause__, httpx.TimeoutException):
                self._rests_until = time.monotonic() + REST_SECONDS
            raise
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.OK:
            raise GameManagerError(f"manager returned {answer.status_code} for game {game_id}")
        return self._read(kind, answer, f"game {game_id}")

    def _read(self, kind: type[W], answer: httpx.Response, about: str) -> W:
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            if all(fault.place[:2] == ("state", "map") for fault in faults(error)):
                raise UnplayableGame(f"{about}: nobody can play on its map: {first_fault(error)}") from None
            raise GameManagerError(f"invalid manager response: {first_fault(error)}") from None

    def _post(self, path: str, body: object) -> httpx.Response:
        answer = self._send("POST", path, json=body, timeout=self._patience_seconds)
        if not answer.is_success:
            raise GameManagerError(f"manager returned {answer.status_code} for {path}: {answer.text}"[:500])
        return answer

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise GameManagerError(f"manager request failed: {self._url}: {reason_of(error)}") from error


def _path(game_id: str) -> str:
    return f"/v2/games/{quote(game_id, safe='')}"
