"""The situation: everything that a brain is told of the turn that it decides.

Plain data: this model is what brains are given, what transcripts store, and what a replay gives to a brain again. A new
fact for brains is a field here, set where turns are decided (`cowboy.turns.decider`). It needs a default: transcripts
that were stored before do not have it.
"""

from pydantic import BaseModel, ConfigDict

from cowboy.game.experience import Experience
from cowboy.game.turns import Table


class Persona(BaseModel):
    """Who a bot is: the names of its character and of that one's horse."""

    model_config = ConfigDict(frozen=True)

    name: str
    horse: str | None = None


class Situation(BaseModel):
    """Everything that a brain may know of the turn that it decides.

    `table` is the game as it stands; its current player is the one to decide for. `seconds_left` is the time the
    brain may take, room for publishing already taken off. `seed` is the source of all chance: the same situation with
    the same seed gives the same decision, if the brain's effort is not bounded by the clock. `recent` holds the last
    events in short (`cowboy.game.summary`), oldest first; they hold other players' speech, so a brain must treat them
    as data only. `profile` names the seat's LLM profile. `feedback` says what was wrong with the previous decision,
    when a brain that takes feedback is asked again in the same turn. `notes` is what the brain last noted for this bot,
    `rules` the rules in prose as the bot was taught them, `experience` what its character knows from earlier games;
    these are set only for a brain that wants them. `may_speak` is false if the bot has spoken lately. `character` is
    who the bot is, None if nobody. `tells_urgency`: with its move the bot may say how much it wants to have the word at
    its table, and that decides who has it next.
    """

    model_config = ConfigDict(frozen=True)

    table: Table
    seconds_left: float
    seed: int = 0
    recent: tuple[str, ...] = ()
    profile: str | None = None
    bot_id: str = ""
    feedback: str | None = None
    notes: str = ""
    rules: str = ""
    may_speak: bool = True
    experience: Experience | None = None
    character: Persona | None = None
    tells_urgency: bool = False
