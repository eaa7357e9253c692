"""Bodies of characters."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StrictInt

from cowboy.characters.archive import PART_FILES
from cowboy.characters.names import MAX_LENGTH
from cowboy.characters.record import Character, CharacterStatus, Rider
from manager_api.schemas.base import MAX_SHOWN, Body, InstanceName, ProfileName
from manager_api.schemas.knowledge import KnownView

MAX_IMPORTED = 2 * PART_FILES
"""Files in one request."""
MAX_EXPORTED = 50
"""Characters in one answer: with what they know, some 3 MB at most."""
CharacterName = Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{1,32}$")]
"""In whatever case."""
WantedName = Annotated[str, Field(max_length=200)]
FileName = Annotated[str, Field(max_length=200)]


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
    predecessor_created_at: datetime | None
    predecessor_died_at: datetime | None
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
    """A character, what it knows in short, and its family: the names from its first member to its last."""

    family: tuple[str, ...]
    knowledge: KnownView


class CharactersView(Body):
    """The living first, then by when they were active; `total` counts those beyond the limit, too."""

    characters: tuple[CharacterView, ...]
    total: int


class StatisticsView(Body):
    """Of all characters there ever were; those that were cleaned up count on. `deaths` is how often they were
    eliminated, `total_deaths` how many of them are dead."""

    total_characters: int
    living_characters: int
    retired_characters: int
    total_deaths: int
    deaths: int
    games_played: int
    kills: int
    damage: int
    wins: int
    wins_per_game: float
    kills_per_game: float
    kills_per_character: float


class ImportCharacters(Body):
    """Files of characters of another installation, by name: records, states, and what they know."""

    files: Annotated[dict[FileName, str], Field(max_length=MAX_IMPORTED)] = Field({}, description="Name → text.")
    deaths_are_final: bool = Field(False, description="A state without a record that tells of deaths is a dead one's.")
    faults: Annotated[dict[FileName, Annotated[str, Field(max_length=500)]], Field(max_length=MAX_IMPORTED)] = Field(
        {}, description="Files that the caller could not read, and why."
    )


class ImportedView(Body):
    """Names that were taken over, those that were here already; by file what was set aside, and what is to be looked
    at, with the reason."""

    imported: tuple[str, ...]
    present: tuple[str, ...]
    faults: dict[str, str]
    remarks: dict[str, str]


class ExportQuery(Body):
    """Which characters are wanted: by their names."""

    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=MAX_EXPORTED)] = MAX_EXPORTED


class ExportedView(Body):
    """Files as they are imported, by name, of so many characters; `total` counts those beyond the limit, too."""

    files: dict[str, str]
    characters: int
    total: int


class QuarantineView(Body):
    """What could not be imported, and why, by file."""

    faults: dict[str, str]


class NamesView(Body):
    names: tuple[str, ...]


class FamilyView(Body):
    """Families as text, in which each heir stands below its predecessor, and as a picture (SVG)."""

    text: str
    svg: str
