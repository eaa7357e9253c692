"""Bodies of assignments and of single bindings (docs/rest.md)."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from cowboy.bots.assigner import AssignmentOptions
from cowboy.game.wire.objects import PlayerIdentity
from cowboy.game.words import PlayerName
from cowboy.state.bindings import Binding, BindingStatus
from manager_api.schemas.base import Body, BrainName, GuideVersion, Identifier, ProfileName, WishedBotId
from manager_api.schemas.characters import PersonaView

MAX_SEATS = 4


class BotWishes(Body):
    """What a caller may say about the bots of an assignment. The last five fields are ours, and optional."""

    game_guide_version: GuideVersion | None = Field(None, description="Version to teach; the server's own if absent.")
    force_recreate: StrictBool = Field(False, description="Replace bots that exist, under their old ids.")
    brains: dict[PlayerName, BrainName] = Field({}, description="Seat → brain; the server's default for the others.")
    profiles: dict[PlayerName, ProfileName] = Field({}, description="Seat → LLM profile; by the file for the others.")
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] | None = Field(None, description="Fixes the choices of all bots.")
    max_turns: Annotated[StrictInt, Field(ge=1, lt=2**31)] | None = Field(
        None, description="The game is over after so many turns; no bot acts in a later one."
    )

    characters: dict[PlayerName, Annotated[str, Field(min_length=1, max_length=200)] | None] = Field(
        {}, description="Seat → a certain character, or null for nobody; whom there is for the others."
    )

    def options(self) -> AssignmentOptions:
        return AssignmentOptions(
            game_guide_version=self.game_guide_version,
            characters=self.characters,
            force_recreate=self.force_recreate,
            brains=self.brains,
            profiles=self.profiles,
            seed=self.seed,
            max_turns=self.max_turns,
        )


class DefaultAssignment(BotWishes):
    """Seat A is a person's, every other seat is a bot's."""

    apply_immediately: StrictBool = Field(True, description="False: create nothing now, keep only bindings that exist.")


class ExplicitAssignment(BotWishes):
    """Seats in neither list are neither a person's nor a bot's."""

    human_player_ids: Annotated[tuple[Identifier, ...], Field(max_length=MAX_SEATS)]
    bot_player_ids: Annotated[tuple[Identifier, ...], Field(max_length=MAX_SEATS)]


class BindSeat(Body):
    """A bot for one seat."""

    player_id: Identifier
    bot_id: WishedBotId | None = Field(None, description="The bot's id; another one than the seat's bot replaces it.")
    create_bot_if_missing: StrictBool = Field(True, description="False: a free seat gets only a bot that is named.")
    game_guide_version: GuideVersion | None = Field(None, description="Version to teach; the server's own if absent.")

    def options(self) -> AssignmentOptions:
        bot_id = (self.bot_id or "").strip()
        return AssignmentOptions(
            game_guide_version=self.game_guide_version, bot_ids={self.player_id: bot_id} if bot_id else {}
        )


class StopBots(Body):
    reason: Annotated[str, Field(max_length=500)] | None = Field(None, description="For the log.")


class BindingView(Body):
    """A binding as the API shows it. `bot_service_base_url` names the worker instance that hosts the bot, `character`
    who the bot is; it is left out for nobody.
    """

    player_name: PlayerName
    player_id: str
    bot_id: str
    bot_service_base_url: str
    status: BindingStatus
    game_guide_version: str
    character: PersonaView | None = None

    @classmethod
    def of(cls, binding: Binding) -> "BindingView":
        return cls(
            player_name=binding.player_name,
            player_id=binding.player_id,
            bot_id=binding.bot_id,
            bot_service_base_url=host_url(binding),
            status=binding.status,
            game_guide_version=binding.game_guide_version,
            character=PersonaView.of(binding.character),
        )


class AssignmentView(Body):
    """The people and the bots of a game, both lists in seat order."""

    game_id: str
    humans: tuple[PlayerIdentity, ...]
    bindings: tuple[BindingView, ...]


class AssignedView(AssignmentView):
    assigned: bool = True


class BoundView(Body):
    """The bot of one seat."""

    bound: bool = True
    game_id: str
    player_id: str
    bot_id: str
    bot_service_base_url: str
    status: BindingStatus
    character: PersonaView | None = None


class StoppedView(Body):
    stopped: bool = True
    game_id: str
    destroyed_bot_count: int


def host_url(binding: Binding) -> str:
    """The instance that hosts a bot, in the place where the existing system has the URL of a bot service."""
    return f"celery://{binding.instance}"
