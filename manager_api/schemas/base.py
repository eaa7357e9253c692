"""What all bodies share: their base, their words, refusals."""

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from cowboy.game.wire.base import Wire
from cowboy.game.words import BRAIN_NAME_PATTERN

MAX_SHOWN = 5_000

GuideVersion = Annotated[str, Field(pattern=r"^\S{1,64}$")]
Identifier = Annotated[str, Field(min_length=1, max_length=200)]
BrainName = Annotated[str, Field(pattern=BRAIN_NAME_PATTERN)]
ProfileName = BrainName
GameId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
"""What can stand in a topic's name."""
BotId = Annotated[str, Field(pattern=r"^[!-.0-~]{1,200}$")]
"""Visible, and without the slash that would end it in a path."""
InstanceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
WishedBotId = Annotated[str, Field(pattern=r"^([!-.0-~]{1,200}|\s{0,200})$")]
"""Blank counts as absent."""


class Body(BaseModel):
    """Unknown fields are ignored, as the existing system does."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WireBody(Wire):
    """A body that is made of wire models. They are strict, and read JSON; the framework hands over what it has read."""

    @classmethod
    def model_validate(cls, obj: Any, **_: Any) -> Self:
        return cls.model_validate_json(json.dumps(obj))


class GamePath(BaseModel):
    game_id: GameId


class TurnPath(GamePath):
    turn_no: int = Field(ge=1, lt=2**63)


class BotPath(BaseModel):
    bot_id: BotId


class InstancePath(BaseModel):
    name: InstanceName


class ErrorView(Body):
    error: str
