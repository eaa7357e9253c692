"""The end of a game: bots off their seats, and nothing left behind."""

import structlog

from cowboy.settings import Settings
from cowboy.state.bindings import Bindings
from cowboy.state.client import Redis
from cowboy.state.games import Games
from cowboy.state.keys import Keys
from cowboy.state.queues import Queues

log = structlog.get_logger(__name__)


class Ending:
    """Thread-safe."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        keys = Keys(settings.key_prefix)
        self._bindings = Bindings(redis, keys)
        self._games = Games(redis, keys, settings.history_ttl_seconds)
        self._queues = Queues(redis, keys)

    def end(self, game_id: str, reason: str | None = None) -> int:
        """Take all bots off a game and forget it; how many bots that were. Fine for an unknown game, and repeated.

        First the seats, so that nothing new is queued, then what waits in the queues.
        """
        hosts = {binding.instance for binding in self._bindings.of_game(game_id).values()}
        count = self._games.forget(game_id)
        for instance in hosts:
            self._queues.remove_game(instance, game_id)
        log.info("game_ended", game_id=game_id, bots=count, reason=reason)
        return count
