"""A client of the game backend and the bot manager, for letting bots play."""

from pydantic import BaseModel
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from cowboy.clients.bot_manager import BotManager
from cowboy.clients.game_manager import GameManager
from cowboy.errors import BotManagerError
from cowboy.game.wire.http import CreatedGame, CreateGame
from cowboy.game.words import PlayerName
from cowboy.settings import Settings
from cowboy.state.bindings import BindingStatus
from cowboy.state.records import TurnRecord

LEARNING_SECONDS = 60.0
"""How long teaching the bots may take. If all instances have just died, new ones have to start first."""

POLL_SECONDS = 0.1


class Bot(BaseModel):
    """What is of interest here in a binding."""

    player_name: PlayerName
    status: BindingStatus


class Bots(BaseModel):
    """Answer of the bot manager's `assignments`."""

    bindings: list[Bot]


class TurnRecords(BaseModel):
    """Answer of the bot manager's `turns`."""

    turns: list[TurnRecord]


class GameClient:
    """Creates and starts games, reads turn records. Thread-safe; raises `GameManagerError` and `BotManagerError`."""

    def __init__(self, settings: Settings) -> None:
        self._games = GameManager(settings)
        self._bots = BotManager(settings)

    def create(self, options: CreateGame) -> CreatedGame:
        """A new game, its bots on their seats."""
        return self._games.create(options)

    def check_bots(self, game_id: str) -> None:
        """Raises `BotManagerError` unless every bot is `READY`: one that is not would let its turns run out."""
        bots = Bots.model_validate_json(self._bots.get("games", game_id, "assignments")).bindings
        if unready := [f"{bot.player_name} is {bot.status}" for bot in bots if bot.status != BindingStatus.READY]:
            raise BotManagerError(f"game {game_id} has bots that cannot play: {', '.join(unready)}; see: cowboy doctor")

    def wait_for_bots(self, game_id: str) -> None:
        """Until every bot is `READY`. Raises what `check_bots` said last when they take too long."""
        again = Retrying(
            retry=retry_if_exception_type(BotManagerError),
            stop=stop_after_delay(LEARNING_SECONDS),
            wait=wait_fixed(POLL_SECONDS),
            reraise=True,
        )
        again(self.check_bots, game_id)

    def start(self, game_id: str) -> None:
        """Have the first turn begin. Fine when repeated."""
        self._games.start(game_id)

    def records(self, game_id: str) -> list[TurnRecord]:
        """The turns that bots played."""
        return TurnRecords.model_validate_json(self._bots.get("games", game_id, "turns")).turns

    def close(self) -> None:
        self._games.close()
        self._bots.close()
