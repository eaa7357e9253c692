"""Experience: what a bot's character knows of the map and the opponents of its game, as brains are told it.

Plain data, small enough for a transcript. Where each fact comes from is kept with the knowledge itself
(`cowboy.characters.knowledge`); here is only through how many deaths it was handed down.
"""

from pydantic import BaseModel, ConfigDict

from cowboy.game.words import PlayerName


class Experience(BaseModel):
    """What a bot knows from earlier games. `opinions` are what it noted of them itself, the latest first."""

    model_config = ConfigDict(frozen=True)

    cells: tuple["Cell", ...] = ()
    cover: tuple["Cover", ...] = ()
    opponents: tuple["Habits", ...] = ()
    opinions: tuple[str, ...] = ()


class Cell(BaseModel):
    """What became of standing on a cell of this map: own turns, hit points taken from others there, and own ones lost.

    `deaths` is through how many deaths the loss was handed down, or the visits where nothing was lost.
    """

    model_config = ConfigDict(frozen=True)

    row: int
    col: int
    turns: int = 0
    dealt: int = 0
    lost: int = 0
    deaths: int = 0


class Cover(BaseModel):
    """What became of a block of this map: how often it was struck, how often it broke, and what was left of it last."""

    model_config = ConfigDict(frozen=True)

    row: int
    col: int
    struck: int
    broken: int
    left: int | None = None
    deaths: int = 0


class Habits(BaseModel):
    """How the player on a seat acted in earlier games. `counts` adds up its turns by what it did in them:

    `games`, `turns`; `move up` and so on for each command and direction, `speak`, `timeout`; `struck <command>` for the
    turn after it was hit; `chances`, the turns in which it could have hit somebody, and `taken`, those in which it then
    shot; `closer` and `apart` for steps without a chance; `distance`, the sum of its distances to the nearest enemy.
    """

    model_config = ConfigDict(frozen=True)

    seat: PlayerName
    name: str
    counts: dict[str, int]
    deaths: int = 0
