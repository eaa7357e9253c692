"""Assigned games: what the bridge has to read, and what a game's assignment consists of.

Assigning and forgetting a game each happen in one transaction, so the bridge never sees half of it.
"""

from collections.abc import Collection

from pydantic import BaseModel, ConfigDict

from cowboy.game.wire.objects import PlayerIdentity
from cowboy.state.bindings import Binding
from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys


class AssignedGame(BaseModel):
    """What never changes during a game, and which seats are people's."""

    model_config = ConfigDict(frozen=True)

    game_id: str
    turn_timeout_seconds: int
    humans: tuple[PlayerIdentity, ...] = ()


class Games:
    """All games that were assigned."""

    def __init__(self, client: Redis, keys: Keys, history_ttl_seconds: int) -> None:
        self._redis = client
        self._keys = keys
        self._history_ttl_seconds = history_ttl_seconds

    def live(self) -> set[str]:
        """Ids of the games to be read."""
        with state_errors("reading the live games"):
            return set(self._redis.smembers(self._keys.games))  # type: ignore[arg-type]

    def get(self, game_id: str) -> AssignedGame | None:
        with state_errors(f"reading game {game_id}"):
            stored = self._redis.get(self._keys.game(game_id))
        return AssignedGame.model_validate_json(stored) if isinstance(stored, str) else None

    def assign(self, game: AssignedGame, bots: Collection[Binding]) -> None:
        """Make this the game's assignment; an earlier one is replaced whole. A game without bots is not read."""
        with state_errors(f"assigning game {game.game_id}"), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.set(self._keys.game(game.game_id), game.model_dump_json())
            pipeline.delete(self._keys.bindings(game.game_id))
            for binding in bots:
                pipeline.hset(self._keys.bindings(game.game_id), binding.player_id, binding.model_dump_json())
            if bots:
                pipeline.sadd(self._keys.games, game.game_id)
            else:
                pipeline.srem(self._keys.games, game.game_id)
            pipeline.execute()

    def forget(self, game_id: str) -> int:
        """Take the bots off their seats and stop reading the game; how many bots that were.

        Safe when repeated. Records stay readable for their time to live; claims run out by themselves.
        """
        with state_errors(f"forgetting game {game_id}"), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hlen(self._keys.bindings(game_id))
            pipeline.srem(self._keys.games, game_id)
            pipeline.delete(
                self._keys.game(game_id),
                self._keys.bindings(game_id),
                self._keys.table(game_id),
                self._keys.recent(game_id),
            )
            pipeline.expire(self._keys.records(game_id), self._history_ttl_seconds)
            bots, *_ = pipeline.execute()
        return int(bots)
