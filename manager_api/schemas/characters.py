"""Bodies of characters."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StrictInt

from cowboy.characters.names import MAX_LENGTH
from cowboy.characters.record import Character, CharacterStatus, Rider
from manager_api.schemas.base import MAX_SHOWN, Body, InstanceName, ProfileName

MAX_IMPORTED = 500
CharacterName = Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{1,32}$")]
"""In whatever case."""
WantedName = Annotated[str, Field(max_length=200)]
_Moment = Annotated[datetime, Field(ge=datetime.fromisoformat("1970-01-01T00:00:00Z"))]
_Count = Annotated[int, Field(ge=0, lt=2**31)]


_Faults = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=500)]], Field(max_length=MAX_IMPORTED)
]


class CharacterPath(BaseModel):
    name: CharacterName


class CharactersQuery(Body):
    """Which characters to show; all where nothing is said."""

    status: CharacterStatus | None = None
    prefix: Annotated[str, Field(max_length=MAX_LENGTH)] = Field("", description="How the name begins.")
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=MAX_SHOWN)] = 500


class FamilyQuery(Body):
    """Whose family; all where nothing is said."""

    name: CharacterName | None = None


class CreateCharacter(Body):
    """What is left out is made up."""

    name: WantedName | None = None
    horse_name: WantedName | None = None
    brain_profile: ProfileName | None = Field(None, description="LLM profile, by name.")


class CleanUp(Body):
    keep: StrictInt = Field(10, description="How many of the dead to keep: those that died last.")


class ReleaseCharacters(Body):
    owner: InstanceName = Field(description="The instance whose characters are given back.")


class PersonaView(Body):
    """Who a bot is."""

    name: str
    horse: str | None

    @classmethod
    def of(cls, rider: Rider | None) -> "PersonaView | None":
        return None if rider is None else cls(name=rider.name, horse=rider.horse)


class CharacterView(Body):
    """A character. `owner` is the instance that renews its lease until `held_until`; who may write as it is secret."""

    name: str
    horse_name: str | None
    status: CharacterStatus
    created_at: datetime
    last_active: datetime | None
    died_at: datetime | None
    retired_at: datetime | None
    died_in: str | None
    inherited_from: str | None
    inherited_to: str | None
    generation: int
    games_played: int
    wins: int
    kills: int
    damage: int
    best_kills: int
    deaths: int
    brain_profile: str | None
    owner: str | None
    game_id: str | None
    player_id: str | None
    held_until: datetime | None
    fence: int

    @classmethod
    def of(cls, character: Character) -> "CharacterView":
        return cls.model_validate(character.model_dump())


class CharacterDetailView(CharacterView):
    """A character and its family: the names from its first member to its last."""

    family: tuple[str, ...]


class CharactersView(Body):
    """The living first, then by when they were active; `total` counts those beyond the limit, too."""

    characters: tuple[CharacterView, ...]
    total: int


class StatisticsView(Body):
    """Of all characters there ever were; those that were cleaned up count on."""

    total_characters: int
    living_characters: int
    retired_characters: int
    total_deaths: int
    games_played: int
    kills: int
    damage: int
    wins: int
    wins_per_game: float
    kills_per_game: float


class ImportedCharacter(Body):
    """A character of another installation. Its name is its own; one that is here already stays as it is."""

    name: WantedName
    horse_name: WantedName | None = None
    status: CharacterStatus = CharacterStatus.LIVING
    created_at: _Moment
    last_active: _Moment | None = None
    died_at: _Moment | None = None
    retired_at: _Moment | None = None
    inherited_from: WantedName | None = None
    inherited_to: WantedName | None = None
    generation: _Count = 0
    games_played: _Count = 0
    wins: _Count = 0
    kills: _Count = 0
    damage: _Count = 0
    best_kills: _Count = 0
    deaths: _Count = 0

    def character(self) -> Character:
        return Character(**self.model_dump())


class ImportCharacters(Body):
    """Characters of another installation, and what is to be noted as set aside."""

    characters: Annotated[tuple[ImportedCharacter, ...], Field(max_length=MAX_IMPORTED)] = ()
    faults: _Faults = Field({}, description="Files that the caller could not read, and why.")


class ImportedView(Body):
    """Names that were taken over, those that were here already, and what was set aside, with the reason."""

    imported: tuple[str, ...]
    present: tuple[str, ...]
    faults: dict[str, str]


class QuarantineView(Body):
    """What could not be imported, and why, by file."""

    faults: dict[str, str]


class NamesView(Body):
    names: tuple[str, ...]


class FamilyView(Body):
    """Families as text, in which each heir stands below its predecessor, and as a picture (SVG)."""

    text: str
    svg: str
