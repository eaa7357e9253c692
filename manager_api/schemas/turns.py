"""Bodies of turn records."""

from cowboy.state.records import TurnRecord
from cowboy.state.transcripts import Transcript
from manager_api.schemas.base import Body


class TurnsView(Body):
    """The turns that bots played in a game, oldest first."""

    game_id: str
    turns: tuple[TurnRecord, ...]


class PlayedTurnView(Body):
    """One turn that a bot played; without a transcript if it is not one of the game's last 200, or no brain was asked.

    What models and players said stands in it as they said it: anything may be in there.
    """

    game_id: str
    turn: TurnRecord
    transcript: Transcript | None
