"""Bodies of games."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cowboy.bots.queries import GameSheet
from cowboy.game.wire.objects import PlayerIdentity
from cowboy.game.words import GameStatus
from manager_api.schemas.base import MAX_SHOWN, Body, GuideVersion
from manager_api.schemas.bots import BotView


class GamesQuery(Body):
    limit: Annotated[int, Field(ge=1, le=MAX_SHOWN)] = 500


class TeachBots(Body):
    game_guide_version: GuideVersion | None = Field(None, description="Version to teach; each bot's own if absent.")


class TurnView(Body):
    """The open turn: whose it is, and until when."""

    turn_no: int
    player_id: str
    deadline: datetime


class GameView(Body):
    """A game that is assigned, or whose bots were stopped lately: then the time limit is null and nobody sits there."""

    game_id: str
    game_state: GameStatus
    turn_timeout_seconds: int | None
    humans: tuple[PlayerIdentity, ...]
    bots: tuple[BotView, ...]
    stopped: tuple[BotView, ...]
    turn: TurnView | None

    @classmethod
    def of(cls, sheet: GameSheet) -> "GameView":
        return cls(
            game_id=sheet.game_id,
            game_state=sheet.state,
            turn_timeout_seconds=sheet.assigned and sheet.assigned.turn_timeout_seconds,
            humans=sheet.assigned.humans if sheet.assigned else (),
            bots=tuple(map(BotView.of, sheet.bots)),
            stopped=tuple(map(BotView.of, sheet.stopped)),
            turn=TurnView.model_validate(sheet.turn._asdict()) if sheet.turn else None,
        )


class GamesView(Body):
    """Assigned games by id; `total` counts those beyond the limit, too."""

    games: tuple[GameView, ...]
    total: int
