"""The occasion: what a bot knows when it has the word at its table. Plain data, all of which its seat could see or
hear.
"""

from pydantic import BaseModel, ConfigDict

from cowboy.game.situation import Persona
from cowboy.game.turns import Table
from cowboy.game.words import PlayerName


class Heard(BaseModel):
    """A remark, by whom. `own` is the bot's own, `private` one that only it and the other have heard."""

    model_config = ConfigDict(frozen=True)

    name: str
    text: str
    own: bool = False
    human: bool = False
    private: bool = False


class Occasion(BaseModel):
    """`recent` are the game's last events in short, `heard` the last remarks, both oldest first. `rule` says who has
    the word next, in words. `seed` is for all chance; a remark has to be there in `seconds_left`.
    """

    model_config = ConfigDict(frozen=True)

    table: Table
    player_id: str
    player_name: PlayerName
    bot_id: str = ""
    profile: str | None = None
    character: Persona | None = None
    recent: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    rule: str = ""
    seed: int = 0
    seconds_left: float = 20.0
