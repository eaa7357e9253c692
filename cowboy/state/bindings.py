"""Bindings: which bot, on which instance and with which brain, sits on which seat of a game."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from cowboy.game.words import PlayerName
from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys


class BindingStatus(StrEnum):
    """Only a bot that is `READY` publishes anything (promise 3)."""

    CREATED = "CREATED"
    TEACHING = "TEACHING"
    READY = "READY"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


class Binding(BaseModel):
    """One bot on one seat. `brain` is a name; nothing secret is ever part of a binding."""

    model_config = ConfigDict(frozen=True)

    game_id: str
    player_id: str
    player_name: PlayerName
    bot_id: str
    instance: str
    brain: str
    seed: int
    status: BindingStatus
    game_guide_version: str
    created_at: datetime


class Bindings:
    """All bindings, by game and player."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    def of_game(self, game_id: str) -> dict[str, Binding]:
        """Player id → binding, in seat order."""
        with state_errors(f"reading bindings of game {game_id}"):
            stored: dict[str, str] = self._redis.hgetall(self._keys.bindings(game_id))  # type: ignore[assignment]
        bindings = (Binding.model_validate_json(item) for item in stored.values())
        return {binding.player_id: binding for binding in sorted(bindings, key=lambda item: item.player_name)}

    def get(self, game_id: str, player_id: str) -> Binding | None:
        """The bot on a seat, or None if a person sits there or nobody."""
        with state_errors(f"reading the binding of player {player_id}"):
            stored = self._redis.hget(self._keys.bindings(game_id), player_id)
        return Binding.model_validate_json(stored) if isinstance(stored, str) else None

    def count_by_instance(self, game_ids: Collection[str]) -> dict[str, int]:
        """How many bots of these games each instance holds. One round trip."""
        with state_errors("counting bots"), self._redis.pipeline(transaction=False) as pipeline:
            for game_id in game_ids:
                pipeline.hvals(self._keys.bindings(game_id))
            stored = pipeline.execute()
        bindings = (Binding.model_validate_json(item) for items in stored for item in items)
        return Counter(binding.instance for binding in bindings)
