"""The end of a game: its bots leave their seats, and its keys and queued tasks are removed."""

import structlog

from cowboy.state.moments import GameEnded
from cowboy.state.state import State

log = structlog.get_logger(__name__)


class Ending:
    """Thread-safe."""

    def __init__(self, state: State) -> None:
        self._state = state

    def end(self, game_id: str, reason: str | None = None) -> int:
        """Take all bots off a game and forget it; how many bots that were. Fine for an unknown game, and repeated.

        First the seats, so that nothing new is queued, then what waits in the queues.
        """
        bots = tuple(self._state.bindings.of_game(game_id).values())
        told = self._state.listeners.games_ended(GameEnded(game_id, bots, reason))
        count = self._state.games.forget(game_id, *told)
        for instance in {bot.instance for bot in bots}:
            self._state.queues.remove_game(instance, game_id)
        log.info("game_ended", game_id=game_id, bots=count, reason=reason)
        return count
