"""Bodies of the bot manager API (spec/bot-services.md §3). The OpenAPI document is made from them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from cowboy.game.wire.objects import PlayerIdentity
from cowboy.game.words import PlayerName
from cowboy.state.bindings import Binding, BindingStatus
from cowboy.state.records import TurnRecord

GuideVersion = Annotated[str, Field(pattern=r"^\S{1,64}$")]
Identifier = Annotated[str, Field(min_length=1, max_length=200)]
BrainName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
GameId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
"""What can stand in a topic's name."""
MAX_SEATS = 4


class Body(BaseModel):
    """Unknown fields are ignored, as the existing system does."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class GamePath(BaseModel):
    game_id: GameId


class BotWishes(Body):
    """What a caller may say about the bots of an assignment. The last two fields are ours, and optional."""

    game_guide_version: GuideVersion | None = Field(None, description="Version to teach; the server's own if absent.")
    force_recreate: StrictBool = Field(False, description="Replace bots that exist, under their old ids.")
    brains: dict[PlayerName, BrainName] = Field({}, description="Seat → brain; the server's default for the others.")
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] | None = Field(None, description="Fixes the choices of all bots.")


class DefaultAssignment(BotWishes):
    """Seat A is a person's, every other seat is a bot's."""

    apply_immediately: StrictBool = Field(True, description="False: create nothing now, keep only bindings that exist.")


class ExplicitAssignment(BotWishes):
    """Seats in neither list are neither a person's nor a bot's."""

    human_player_ids: Annotated[tuple[Identifier, ...], Field(max_length=MAX_SEATS)]
    bot_player_ids: Annotated[tuple[Identifier, ...], Field(max_length=MAX_SEATS)]


class StopBots(Body):
    reason: Annotated[str, Field(max_length=500)] | None = None


class BindingView(Body):
    """A binding as the API shows it. `bot_service_base_url` names the worker instance that hosts the bot."""

    player_name: PlayerName
    player_id: str
    bot_id: str
    bot_service_base_url: str
    status: BindingStatus
    game_guide_version: str

    @classmethod
    def of(cls, binding: Binding) -> "BindingView":
        return cls(
            player_name=binding.player_name,
            player_id=binding.player_id,
            bot_id=binding.bot_id,
            bot_service_base_url=f"celery://{binding.instance}",
            status=binding.status,
            game_guide_version=binding.game_guide_version,
        )


class AssignmentView(Body):
    """Who sits where, both lists in seat order."""

    game_id: str
    humans: tuple[PlayerIdentity, ...]
    bindings: tuple[BindingView, ...]


class AssignedView(AssignmentView):
    assigned: bool = True


class StoppedView(Body):
    stopped: bool = True
    game_id: str
    destroyed_bot_count: int


class TurnsView(Body):
    """The turns that bots played in a game, oldest first."""

    game_id: str
    turns: tuple[TurnRecord, ...]


class HealthView(Body):
    ok: bool = True
    service: str = "bot-manager-service"


class ErrorView(Body):
    error: str
