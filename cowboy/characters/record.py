"""The record of a character: who it is, what it did, whom it came from, and who has it now."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Sharing(StrEnum):
    """How far the knowledge of one character goes (`COWBOY_CHARACTERS`)."""

    SHARED = "shared"
    """All characters share one memory."""
    INDEPENDENT = "independent"
    """Each has its own, which ends with it."""
    INHERIT_ON_DEATH = "inherit_on_death"
    """Each has its own, which goes to its heir."""


class CharacterStatus(StrEnum):
    LIVING = "living"
    DEAD = "dead"
    RETIRED = "retired"


class Rider(BaseModel):
    """A character on a seat, with the proof that the seat has it: `token` is secret, `fence` grows with each claim."""

    model_config = ConfigDict(frozen=True)

    name: str
    horse: str | None = None
    fence: int
    token: str

    @property
    def holder(self) -> str:
        """As the character's record names who has it."""
        return f"{self.fence} {self.token}"


class Character(BaseModel):
    """All that is kept of a character but what it knows.

    `died_in` is the game of its last death. `games_played` counts those in which its bot became ready, `wins` those in
    which it was the last one alive. `damage` are the hit points that its shots took from others, `best_kills` its most
    kills in one game. `generation` says how many predecessors it has. The dates of the last of these are kept when its
    record is removed. `game_id` and `player_id` are the seat that it
    has or had last, `owner` the instance that renews its lease, `fence` how often it was claimed. `brain_profile` is
    the name of an LLM profile.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    horse_name: str | None = None
    status: CharacterStatus = CharacterStatus.LIVING
    created_at: datetime
    last_active: datetime | None = None
    died_at: datetime | None = None
    retired_at: datetime | None = None
    died_in: str | None = None
    inherited_from: str | None = None
    inherited_to: str | None = None
    predecessor_created_at: datetime | None = None
    predecessor_died_at: datetime | None = None
    generation: int = 0
    games_played: int = 0
    kills: int = 0
    damage: int = 0
    best_kills: int = 0
    wins: int = 0
    deaths: int = 0
    brain_profile: str | None = None
    owner: str | None = None
    game_id: str | None = None
    player_id: str | None = None
    held_until: datetime | None = None
    fence: int = 0
    version: int = 0
