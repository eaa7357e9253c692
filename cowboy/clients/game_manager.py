"""A client of the game backend's manager. It is used at assignment and for recovery, never for each event."""

import time
from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from cowboy.errors import GameManagerError, UnplayableGame
from cowboy.errors.cause import reason_of
from cowboy.errors.validation import faults, first_fault
from cowboy.game.wire.base import Text, Unsigned, Wire
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
    """Thread-safe. Every call is bounded by `Settings.http_timeout_seconds`, or by `HASTY_SECONDS` if that is less and
    the caller is in haste."""

    def __init__(self, settings: Settings, *, hasty: bool = False) -> None:
        bound = settings.http_timeout_seconds
        self._client = httpx.Client(
            base_url=settings.game_manager_base_url,
            timeout=min(HASTY_SECONDS, bound) if hasty else bound,
            trust_env=False,
        )
        self._url = settings.game_manager_base_url
        self._rests_until = 0.0

    def get(self, game_id: str) -> Game | None:
        """The game as it stands, or None if the manager does not know it.

        Raises `UnplayableGame` for one whose board is none, and `GameManagerError`.
        """
        return self._get(game_id, Game)

    def seating(self, game_id: str) -> Seating | None:
        """As `get`, but only the players, whatever the board."""
        return self._get(game_id, Seating)

    def _get(self, game_id: str, kind: type[W]) -> W | None:
        if time.monotonic() < self._rests_until:
            raise GameManagerError("manager request failed: it did not answer a moment ago; try again")
        try:
            answer = self._client.get(f"/v2/games/{quote(game_id, safe='')}")
        except httpx.HTTPError as error:
            if isinstance(error, httpx.TimeoutException):
                self._rests_until = time.monotonic() + REST_SECONDS
            raise GameManagerError(f"manager request failed: {self._url}: {reason_of(error)}") from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.OK:
            raise GameManagerError(f"manager returned {answer.status_code} for game {game_id}")
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            if all(fault.place[:2] == ("state", "map") for fault in faults(error)):
                raise UnplayableGame(f"game {game_id}: nobody can play on its map: {first_fault(error)}") from None
            raise GameManagerError(f"invalid manager response: {first_fault(error)}") from None

    def check(self, seconds: float) -> None:
        """Raises `GameManagerError` unless the game manager answers within that time."""
        try:
            answer = self._client.get("/health", timeout=seconds)
        except httpx.HTTPError as error:
            raise GameManagerError(f"manager request failed: {self._url}: {reason_of(error)}") from None
        if answer.status_code != httpx.codes.OK:
            raise GameManagerError(f"manager returned {answer.status_code} for its health")

    def close(self) -> None:
        self._client.close()
