"""The roster: what all scripts of characters have in common, their keys, their names, and how they are asked."""

import json
import secrets
import threading
from collections import deque
from typing import Any

from redis.commands.core import Script

from cowboy.characters.names import NameLevel, Names
from cowboy.characters.record import Sharing
from cowboy.errors import BadSetting
from cowboy.process.milliseconds import milliseconds
from cowboy.settings import Settings
from cowboy.state.client import Call, Redis, call_all
from cowboy.state.keys import Keys

TOKEN_BYTES = 16
SPARE_NAMES = 100
"""So many names are proposed for one character: after so many that are taken, it gets one with a number."""


class Roster:
    """Thread-safe. One for each process, since it draws the names of all new characters from one source."""

    def __init__(self, client: Redis, keys: Keys, settings: Settings) -> None:
        self.redis = client
        self.keys = keys
        self.settings = settings
        self._names = Names(
            settings.name_seed,
            NameLevel(settings.character_names),
            number_first=settings.character_number_first,
            horse_numerals=settings.horse_names == "numerals",
        )
        self._people: deque[str] = deque(maxlen=SPARE_NAMES)
        self._horses: deque[str] = deque(maxlen=SPARE_NAMES)
        self._drawing = threading.Lock()
        self._sets = [
            keys.characters_idle,
            keys.characters_held,
            keys.characters_dead,
            keys.characters_retired,
            keys.characters_names,
            keys.characters_counter,
            keys.characters_totals,
            keys.characters_meta,
        ]

    @property
    def is_shared(self) -> bool:
        """Whether all characters have their knowledge together."""
        return self.settings.characters == Sharing.SHARED.value

    def call(self, which: Script, *more_keys: str, **asked: object) -> Call:
        """A call of such a script. What is None is left out."""
        said = {name: value for name, value in asked.items() if value is not None}
        said |= {"record": self.keys.character(""), "holds": self.keys.characters_holds("")}
        return Call(which, [*self._sets, *more_keys], [json.dumps(said)])

    def ask(self, which: Script, *more_keys: str, **asked: object) -> Any:
        """The answer to such a call, made at once. Raises redis-py's errors."""
        return call_all(self.redis, [self.call(which, *more_keys, **asked)])[0]

    @property
    def lease_ms(self) -> int:
        """How long a seat has its character without a renewal."""
        return milliseconds(self.settings.character_lease_seconds)

    @property
    def policy(self) -> dict[str, object]:
        """What scripts have to know that may make a character."""
        return {
            "mode": self.settings.characters,
            "limit": self.settings.character_limit,
            "on_limit": self.settings.character_on_limit,
        }

    def new_names(self) -> dict[str, object]:
        """Names for a new character and its horse: the first that is free is taken.

        Only one each is drawn anew each time, since what the last character did not take the next one may.
        """
        with self._drawing:
            self._people.extend(self._names.people(1 if self._people else SPARE_NAMES))
            if self.settings.horse_names != "off":
                self._horses.extend(self._names.horses(1 if self._horses else SPARE_NAMES))
            return {"people": list(self._people), "horses": list(self._horses)}

    def new_token(self) -> str:
        """A secret that nobody can guess."""
        return secrets.token_hex(TOKEN_BYTES)

    def check_mode(self, status: str, mode: str) -> None:
        """Raises `BadSetting` if a script has answered that the characters' knowledge goes another way."""
        if status == "mode":
            raise BadSetting(self.other_mode(mode))

    def other_mode(self, mode: str) -> str:
        """What is wrong if the characters' knowledge goes that way."""
        return (
            f"COWBOY_CHARACTERS={self.settings.characters}: the characters of this installation are {mode!r}; "
            "set that, or another COWBOY_KEY_PREFIX"
        )
