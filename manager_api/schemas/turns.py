"""Bodies of turn records."""

from cowboy.state.records import TurnRecord
from manager_api.schemas.base import Body


class TurnsView(Body):
    """The turns that bots played in a game, oldest first."""

    game_id: str
    turns: tuple[TurnRecord, ...]
