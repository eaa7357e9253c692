"""Bodies of bots: those of the existing bot service, and the operators' view."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, SecretStr

from cowboy.game.wire.lesson import Lesson
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import PlayerName
from cowboy.models.profiles import Profile
from cowboy.state.bindings import Binding, BindingStatus, Pause, SeatState
from cowboy.state.players import Player
from manager_api.schemas.assignments import host_url
from manager_api.schemas.base import (
    MAX_SHOWN,
    Body,
    BrainName,
    GameId,
    InstanceName,
    ProfileName,
    WireBody,
    WishedBotId,
)
from manager_api.schemas.characters import PersonaView

_Text = Annotated[str, Field(max_length=500)]
_PROFILE_INSTEAD = "Refused: name a profile in `llm_profile`."


class BotsQuery(Body):
    """Which bots to show; all where nothing is said."""

    game_id: GameId | None = None
    instance: InstanceName | None = None
    status: BindingStatus | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_SHOWN)] = 500

    def wants(self, bot: Binding) -> bool:
        return self.instance in {None, bot.instance} and self.status in {None, bot.status}


class CreateBot(Body):
    """A bot for a seat that has none. The last two fields are ours, and optional."""

    bot_id: WishedBotId | None = Field(None, description="One is made up if absent or blank.")
    game_id: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]{1,128}|\s{0,128})$")]
    player_id: Annotated[str, Field(max_length=200)]
    player_name: PlayerName
    input_topic: _Text = Field(description="That of the game by our prefixes; no other can be served.")
    output_topic: _Text = Field(description="That of the game by our prefixes; no other can be served.")
    llm_base_url: _Text | None = Field(None, description=_PROFILE_INSTEAD)
    llm_model: _Text | None = Field(None, description=_PROFILE_INSTEAD)
    llm_api_key: Annotated[SecretStr, Field(max_length=500)] | None = Field(None, description=_PROFILE_INSTEAD)
    llm_output_mode: _Text | None = Field(None, description=_PROFILE_INSTEAD)
    llm_profile: ProfileName | None = Field(None, description="LLM profile; by the file if absent.")
    brain: BrainName | None = Field(None, description="Brain; the server's default if absent.")

    @property
    def refused(self) -> list[str]:
        """Names of the fields that say what only a profile may say."""
        given = {
            "llm_base_url": self.llm_base_url,
            "llm_model": self.llm_model,
            "llm_api_key": self.llm_api_key and self.llm_api_key.get_secret_value(),
            "llm_output_mode": self.llm_output_mode,
        }
        return [name for name, value in given.items() if value and value.strip()]


class CreatedBotView(Body):
    bot_id: str
    status: BindingStatus


class TeachGame(Lesson, WireBody):
    """What a bot is to be taught. With nothing but a version: our own guide, under that version."""

    game_guide_version: Annotated[str, Field(pattern=r"^(\S{1,64}|\s{0,64})$")]

    def lesson(self) -> Lesson:
        return Lesson.model_construct(**dict(self))


class TaughtView(Body):
    """How the bot stands now: `READY` when it has acknowledged."""

    bot_id: str
    status: BindingStatus
    game_guide_version: str


class UpdateBot(WireBody):
    step: StepEvent


class AcceptedView(Body):
    accepted: bool = True
    bot_id: str


class DeletedView(Body):
    deleted: bool = True
    bot_id: str


class MoveBot(Body):
    instance: InstanceName | None = Field(None, description="Where to; wherever there is room if absent.")


class BotView(Body):
    """All that is known of a bot. `pauses` are who asked that it does nothing: it acts when nobody does."""

    bot_id: str
    game_id: str
    player_id: str
    player_name: PlayerName
    instance: str
    bot_service_base_url: str
    brain: str
    profile: str | None
    status: BindingStatus
    player_state: SeatState
    game_guide_version: str
    lesson: int
    attempts: int
    pauses: tuple[Pause, ...]
    reason: str | None
    character: PersonaView | None
    created_at: datetime
    updated_at: datetime | None
    ready_at: datetime | None

    @classmethod
    def of(cls, binding: Binding) -> "BotView":
        return cls.model_validate(_fields(binding))


class BotDetailView(BotView):
    """A bot, the LLM profile that it plays by, and what it remembers: how its `turns` came about, and its own `notes`.

    Keys are never shown. Notes and speech stand here as a model made them: anything may be in there.
    """

    llm_base_url: str | None
    llm_model: str | None
    llm_output_mode: str | None
    turns: int
    outcomes: dict[str, int]
    fallbacks: int
    speeches: int
    last_speech: str
    notes: str

    @classmethod
    def about(cls, binding: Binding, profile: Profile | None, player: Player) -> "BotDetailView":
        return cls.model_validate(
            player._asdict()
            | _fields(binding)
            | {
                "llm_base_url": profile and profile.base_url,
                "llm_model": profile and profile.model,
                "llm_output_mode": profile and profile.output_mode,
            }
        )


class BotsView(Body):
    """Bots by game and seat; `total` counts those beyond the limit, too."""

    bots: tuple[BotView, ...]
    total: int


def _fields(binding: Binding) -> dict[str, object]:
    return binding.model_dump() | {
        "bot_service_base_url": host_url(binding),
        "character": PersonaView.of(binding.character),
    }
