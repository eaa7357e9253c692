"""Riders: who the bots of a game are, for the page, as the bot manager says."""

from pydantic import BaseModel, ValidationError

from cowboy.clients.bot_manager import BotManager
from cowboy.errors import BotManagerError
from cowboy.game.wire.http import GameRiders, SeatRider
from cowboy.game.words import PlayerName


class _Seat(BaseModel):
    """What is of interest here in a binding."""

    player_name: PlayerName
    character: SeatRider | None = None


class _Assignment(BaseModel):
    bindings: tuple[_Seat, ...]


class Riders:
    """Thread-safe. Where bots are nobody (COWBOY_CHARACTERS=off) the bot manager is not asked."""

    def __init__(self, manager: BotManager, *, are_wanted: bool) -> None:
        self._manager = manager
        self._are_wanted = are_wanted

    def show(self, game_id: str) -> GameRiders:
        """The bots that have names; none if the bot manager cannot tell: the game goes on without."""
        if not self._are_wanted:
            return GameRiders(riders={})
        try:
            seats = _Assignment.model_validate_json(self._manager.get("games", game_id, "assignments")).bindings
        except (BotManagerError, ValidationError):
            return GameRiders(riders={})
        return GameRiders(riders={seat.player_name: seat.character for seat in seats if seat.character is not None})
