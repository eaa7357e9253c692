"""Characters in Redis: their records, and making, retiring and removing them. Pure parts are in `cowboy.characters`."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog

from cowboy.characters.knowledge import Knowledge
from cowboy.characters.names import MAX_LENGTH, checked_name
from cowboy.characters.record import Character, CharacterStatus
from cowboy.errors import BadRequest, Conflict, NotFound
from cowboy.process.milliseconds import epoch_ms, redis_ms
from cowboy.state.client import script, state_errors
from cowboy.state.roster import Roster

log = structlog.get_logger(__name__)

_TIMES = (
    *("created_at", "last_active", "died_at", "retired_at"),
    *("predecessor_created_at", "predecessor_died_at"),
)
MOST_SET_ASIDE = 1_000
"""Of what could not be imported so much is kept, the latest."""

_COUNTERS = ("games_played", "kills", "damage", "wins", "deaths")
_STORED = frozenset(Character.model_fields)


class Statistics(NamedTuple):
    """Of all characters there ever were; those that were cleaned up count on.

    `total_deaths` is how many of them are dead, `deaths` how often they were eliminated: more often if they have lives.
    """

    total_characters: int
    living_characters: int
    retired_characters: int
    total_deaths: int
    deaths: int
    games_played: int
    kills: int
    damage: int
    wins: int

    @property
    def wins_per_game(self) -> float:
        return self.wins / self.games_played if self.games_played else 0.0

    @property
    def kills_per_game(self) -> float:
        return self.kills / self.games_played if self.games_played else 0.0

    @property
    def kills_per_character(self) -> float:
        return self.kills / self.total_characters if self.total_characters else 0.0


class Characters:
    """All characters. Thread-safe. Raises `StateError`. What changes one is one script."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        client = roster.redis
        self._create_character = script(client, "create_character")
        self._retire_character = script(client, "retire_character")
        self._clean_up_characters = script(client, "clean_up_characters")
        self._import_character = script(client, "import_character")

    @property
    def are_wanted(self) -> bool:
        """Whether COWBOY_CHARACTERS is not `off`."""
        return self._roster.settings.characters != "off"

    def create(self, name: str | None = None, horse: str | None = None, profile: str | None = None) -> Character:
        """A new character, which nobody has yet. Names that are left out are drawn.

        Raises `BadRequest` for a name that cannot be used, `Conflict` for one that is taken, or if no more may live.
        """
        names = self._roster.new_names()
        given = {"people": [checked_name(name)]} if name is not None else {}
        given_horse = {"horses": [checked_name(horse)]} if horse is not None else {}
        with state_errors("making a character"):
            status, about = self._roster.ask(
                self._create_character,
                **names | given | given_horse,
                given=name is not None,
                given_horse=horse is not None,
                profile=profile,
                **self._roster.policy,
            )
        self._roster.check_mode(status, about)
        if status == "taken":
            raise Conflict(f"name {about!r} is taken; give another")
        if status == "full":
            raise Conflict(
                f"COWBOY_CHARACTER_LIMIT={self._roster.settings.character_limit} characters live, and none is free to "
                "retire; raise it, or wait for a game to end"
            )
        return self.get(about)

    def retire(self, name: str) -> Character:
        """Have a character retire that sits nowhere. Safe when repeated. Raises `NotFound` and `Conflict`."""
        with state_errors(f"retiring character {name}"):
            status = self._roster.ask(self._retire_character, name=name.lower())
        if status == "held":
            raise Conflict(f"character {name} sits on a seat; wait for its game to end")
        if status == "dead":
            raise Conflict(f"character {name} is dead; only the living retire")
        return self.get(name)

    def clean_up(self, keep: int = 10) -> list[str]:
        """Remove all dead but the `keep` that died last. Returns the removed names. Raises `BadRequest` below 0."""
        if keep < 0:
            raise BadRequest(f"keep={keep}: give how many of the dead to keep, 0 or more")
        with state_errors("cleaning up characters"):
            begin = {"knowledge": self._roster.keys.knowledge(""), "opinions": self._roster.keys.opinions("")}
            return list(map(str, self._roster.ask(self._clean_up_characters, keep=keep, **begin)))

    def take_over(self, character: Character, knowledge: Knowledge | None = None) -> bool:
        """Import a character. Returns whether it is new: one that is here already stays as it is.

        What it knows comes along, unless all have their knowledge together.
        """
        fields = {
            name: epoch_ms(value) if isinstance(value, datetime) else value
            for name, value in character.model_dump(exclude=_OWN, exclude_none=True).items()
        }
        at = character.died_at or character.retired_at or character.last_active
        with state_errors(f"importing character {character.name}"):
            status = self._roster.ask(
                self._import_character,
                mode=self._roster.settings.characters,
                name=character.name,
                status=character.status,
                at=epoch_ms(at) if at else 0,
                fields=fields,
                knowledge=self._roster.keys.knowledge(""),
                facts=knowledge.fields() if knowledge is not None and not self._roster.is_shared else None,
            )
        if status not in {"imported", "taken"}:
            self._roster.check_mode("mode", status)
        return bool(status == "imported")

    def set_aside(self, faults: Mapping[str, str]) -> None:
        """Note what could not be imported, and why, by file."""
        if faults:
            key = self._roster.keys.characters_unreadable
            with state_errors("noting what could not be imported"), self._roster.redis.pipeline() as pipeline:
                pipeline.rpush(key, *map(json.dumps, faults.items()))
                pipeline.ltrim(key, -MOST_SET_ASIDE, -1)
                pipeline.execute()

    def quarantine(self) -> dict[str, str]:
        """What could not be imported last, and why, by file."""
        with state_errors("reading what could not be imported"):
            stored: list[str] = self._roster.redis.lrange(self._roster.keys.characters_unreadable, 0, -1)  # type: ignore[assignment]
        return dict(map(json.loads, stored))

    def get(self, name: str) -> Character:
        """The character of that name, in whatever case. Raises `NotFound`."""
        (found,) = self._read([name.lower()])
        if found is None:
            raise NotFound(f"there is no character {name!r}")
        return found

    def all(self, status: CharacterStatus | None = None) -> list[Character]:
        """All of them, or all of one status: the living first, the least recently active first, then by name."""
        keys, names = self._roster.keys, []
        sets = {
            CharacterStatus.LIVING: (keys.characters_idle, keys.characters_held),
            CharacterStatus.DEAD: (keys.characters_dead,),
            CharacterStatus.RETIRED: (keys.characters_retired,),
        }
        with state_errors("listing characters"), self._roster.redis.pipeline(False) as pipeline:
            for one in CharacterStatus if status is None else (status,):
                for key in sets[one]:
                    pipeline.zrange(key, 0, -1)
            for some in pipeline.execute():
                names += some
        found = [character for character in self._read(names) if character is not None]
        order = list(CharacterStatus)
        # Those that never played stay as they are: heirs come before others.
        return sorted(found, key=lambda one: (order.index(one.status), one.last_active or _NEVER))

    def available(self) -> list[str]:
        """Names of those that can be claimed, in the order in which they are."""
        free = (one for one in self.all(CharacterStatus.LIVING) if one.held_until is None)
        return [one.name for one in free]

    def other_mode(self) -> str | None:
        """What is wrong with COWBOY_CHARACTERS: the characters' knowledge goes another way. None if nothing is."""
        with state_errors("reading how far knowledge goes"):
            mode = self._roster.redis.hget(self._roster.keys.characters_meta, "mode")
        fits = not self.are_wanted or mode in {None, self._roster.settings.characters}
        return None if fits else self._roster.other_mode(str(mode))

    def statistics(self) -> Statistics:
        keys = self._roster.keys
        with state_errors("counting characters"), self._roster.redis.pipeline(False) as pipeline:
            for key in (keys.characters_idle, keys.characters_held, keys.characters_retired):
                pipeline.zcard(key)
            pipeline.hgetall(keys.characters_totals)
            idle, held, retired, totals = pipeline.execute()
        sums = {counter: int(totals.get(counter, 0)) for counter in _COUNTERS}
        return Statistics(
            total_characters=int(totals.get("characters", 0)),
            living_characters=idle + held,
            retired_characters=retired,
            total_deaths=int(totals.get("dead", 0)),
            **sums,
        )

    def _read(self, names: Sequence[str]) -> list[Character | None]:
        if not names:
            return []
        with state_errors(f"reading {len(names)} characters"), self._roster.redis.pipeline(False) as pipeline:
            pipeline.time()
            for name in names:
                pipeline.hgetall(self._roster.keys.character(name))
                pipeline.zscore(self._roster.keys.characters_held, name)
            now, *found = pipeline.execute()
        pairs = zip(found[::2], found[1::2], strict=True)
        return [_character(stored, ends, redis_ms(now)) for stored, ends in pairs]


_OWN = {"name", "status", "owner", "game_id", "player_id", "held_until", "fence", "version"}
"""What an imported character does not bring along."""

_NEVER = datetime.fromtimestamp(0, UTC)


def _character(stored: Mapping[str, str], ends_ms: float | None, now_ms: int) -> Character | None:
    """A record as it is stored. None for one that cannot be read: it takes no other with it."""
    if "name" not in stored:
        return None
    try:
        return _read_character(stored, ends_ms, now_ms)
    except (ValueError, OverflowError) as error:
        log.warning("character_unreadable", character=stored["name"][:MAX_LENGTH], reason=type(error).__name__)
        return None


def _read_character(stored: Mapping[str, str], ends_ms: float | None, now_ms: int) -> Character:
    known: dict[str, Any] = {name: value for name, value in stored.items() if name in _STORED and value != ""}
    for name in _TIMES:
        if name in known:
            known[name] = datetime.fromtimestamp(int(known[name]) / 1000, UTC)
    if ends_ms is not None and ends_ms > now_ms:
        known["held_until"] = datetime.fromtimestamp(ends_ms / 1000, UTC)
    return Character.model_validate(known)
