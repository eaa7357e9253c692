"""Asks the bot manager to put bots on the seats of a new game (spec/bot-services.md §2). Nothing else of it is used."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from cowboy.errors import BotManagerError
from cowboy.game.wire.http import CreateGame
from cowboy.game.words import PlayerName
from cowboy.settings import Settings


class BotManager:
    """Thread-safe. A call takes at most `Settings.http_timeout_seconds` to connect, and as long to be answered."""

    def __init__(self, settings: Settings) -> None:
        token = settings.manager_token
        self._client = httpx.Client(
            base_url=settings.bot_manager_base_url,
            timeout=settings.http_timeout_seconds,
            headers={} if token is None else {"Authorization": f"Bearer {token.get_secret_value()}"},
            trust_env=False,
        )

    def assign(self, game_id: str, seats: Mapping[PlayerName, str], wanted: CreateGame) -> None:
        """Have the seats assigned that `wanted` says; `seats` are the game's, with their player ids.

        Raises `BotManagerError` when a seat is named that the game does not have, or the bot manager cannot be
        reached or refuses.
        """
        path, body = _request(seats, wanted)
        try:
            answer = self._client.post(f"/internal/v3/games/{quote(game_id, safe='')}/{path}", json=body)
        except httpx.HTTPError as error:
            raise BotManagerError(f"bot manager not reachable: {type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise BotManagerError(f"bot manager returned {answer.status_code}: {answer.text[:300]}")

    def close(self) -> None:
        self._client.close()


def _request(seats: Mapping[PlayerName, str], wanted: CreateGame) -> tuple[str, dict[str, Any]]:
    """Path and body of the call: no list of seats means the default assignment, A a person and the others bots."""
    extras: dict[str, Any] = {
        name: value for name, value in (("brains", wanted.brains), ("seed", wanted.seed)) if value is not None
    }
    if wanted.bot_players is None:
        return "assignments/default", {"apply_immediately": True, "force_recreate": True, **extras}
    bots = tuple(dict.fromkeys(wanted.bot_players))
    for name in bots:
        if name not in seats:
            raise BotManagerError(f"bot_players: there is no seat {name} in a game of {len(seats)}")
    plan = {
        "human_player_ids": [player_id for name, player_id in seats.items() if name not in bots],
        "bot_player_ids": [seats[name] for name in bots],
        "force_recreate": True,
    }
    return "assignments", plan | extras
