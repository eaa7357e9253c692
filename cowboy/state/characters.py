"""Characters: their records, and who has which. Pure parts are in `cowboy.characters`.

A seat has a character by a lease (`Rider`): a secret token, and a fence that grows with each claim. Redis's clock ends
the lease. What changes a character is one script, which refuses a holder that has lost it; a script can be repeated.
"""

import json
import secrets
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from redis.commands.core import Script

from cowboy.characters.names import NameLevel, Names, checked_name
from cowboy.characters.record import Character, CharacterStatus, Rider
from cowboy.errors import BadRequest, BadSetting, Conflict, NotFound
from cowboy.process.milliseconds import epoch_ms, milliseconds, redis_ms
from cowboy.settings import Settings
from cowboy.state.client import Call, Redis, call_all, script, state_errors
from cowboy.state.keys import Keys

TOKEN_BYTES = 16
SPARE_NAMES = 3
"""So many names are drawn at once, since others may take one at the same time."""

_TIMES = ("created_at", "last_active", "died_at", "retired_at")
_COUNTERS = ("games_played", "kills", "damage", "wins", "deaths")
_STORED = frozenset(Character.model_fields)


class Wish(NamedTuple):
    """What a character is wanted for. `owner` is the instance that is to renew the lease.

    `name` is a certain character's. Otherwise it is the least recently active that nobody has, and none of `skip`; a
    new one if there is none, unless `may_create` is false.
    """

    owner: str
    game_id: str = ""
    player_id: str = ""
    name: str | None = None
    skip: Collection[str] = ()
    may_create: bool = True
    token: str = ""
    profile: str | None = None


class Claimed(NamedTuple):
    """What became of a claim: `claimed`, `created` or `renewed` with a rider, or why there is none."""

    status: str
    rider: Rider | None


class Lost(NamedTuple):
    """A lease that was not renewed, because the character was claimed by another, given back, or died."""

    name: str
    holder: str
    game_id: str
    player_id: str


class Statistics(NamedTuple):
    """Of all characters there ever were; those that were cleaned up count on."""

    total_characters: int
    living_characters: int
    retired_characters: int
    total_deaths: int
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


class Characters:
    """All characters. Thread-safe. Raises `StateError`: who has no answer has no character."""

    def __init__(self, client: Redis, keys: Keys, settings: Settings) -> None:
        self._redis = client
        self._keys = keys
        self._settings = settings
        self._names = Names(
            settings.name_seed,
            NameLevel(settings.character_names),
            number_first=settings.character_number_first,
            horse_numerals=settings.horse_names == "numerals",
        )
        self._drawing = threading.Lock()
        self._roster = [
            keys.characters_idle,
            keys.characters_held,
            keys.characters_dead,
            keys.characters_retired,
            keys.characters_names,
            keys.characters_counter,
            keys.characters_totals,
            keys.characters_meta,
        ]
        self._claim_character = script(client, "claim_character")
        self._create_character = script(client, "create_character")
        self._seat_character = script(client, "seat_character")
        self._renew_characters = script(client, "renew_characters")
        self._release_characters = script(client, "release_characters")
        self._write_character = script(client, "write_character")
        self._retire_character = script(client, "retire_character")
        self._clean_up_characters = script(client, "clean_up_characters")
        self._bury_character = script(client, "bury_character")
        self._note_deeds = script(client, "note_deeds")
        self._import_character = script(client, "import_character")

    @property
    def are_wanted(self) -> bool:
        """Whether COWBOY_CHARACTERS is not `off`."""
        return self._settings.characters != "off"

    # -- who has which ------------------------------------------------------------------------------------------------

    def claim(self, *wishes: Wish) -> list[Claimed]:
        """A character for each seat, in one round trip. Two seats never get the same.

        Raises `BadSetting` if the characters' knowledge goes another way than COWBOY_CHARACTERS says.
        """
        wanted = [wish if wish.token else wish._replace(token=secrets.token_hex(TOKEN_BYTES)) for wish in wishes]
        with state_errors(f"claiming characters for {len(wishes)} seats"):
            answers = call_all(self._redis, [self._claim(wish) for wish in wanted])
        return [self._claimed(wish, *answer) for wish, answer in zip(wanted, answers, strict=True)]

    def _claim(self, wish: Wish) -> Call:
        may_create = wish.may_create and wish.name is None
        return self._call(
            self._claim_character,
            owner=wish.owner,
            token=wish.token,
            lease_ms=self._lease_ms,
            game=wish.game_id,
            player=wish.player_id,
            name=wish.name,
            skip=list(wish.skip),
            profile=wish.profile,
            **(self._new_names() if may_create else {"people": []}),
            **self._policy,
        )

    def _claimed(self, wish: Wish, status: str, name: str, horse: str, fence: int, _ends_ms: int) -> Claimed:
        self._check_mode(status, name)
        has = status in {"claimed", "created", "renewed"}
        return Claimed(status, Rider(name=name, horse=horse or None, fence=fence, token=wish.token) if has else None)

    def seating(self, rider: Rider, owner: str, game_id: str, player_id: str) -> Call:
        """The call that says that a bot is ready: its instance renews the lease from now on, and the game counts."""
        return self._call(
            self._seat_character,
            owner=owner,
            name=rider.name.lower(),
            holder=rider.holder,
            lease_ms=self._lease_ms,
            game=game_id,
            player=player_id,
        )

    def renew(self, owner: str) -> tuple[int, list[Lost]]:
        """Renew all leases of an owner in one round trip. Returns how many it keeps, and those it has lost.

        A lease whose time is over is renewed, too, as long as nobody has claimed the character since: then nobody can
        have written in between.
        """
        renewing = self._call(
            self._renew_characters,
            self._keys.characters_holds(owner),
            bindings=self._keys.bindings(""),
            owner=owner,
            lease_ms=self._lease_ms,
        )
        with state_errors(f"renewing the characters of {owner}"):
            kept, *lost = call_all(self._redis, [renewing])[0]
        return int(kept), [Lost(*lost[index : index + 4]) for index in range(0, len(lost), 4)]

    def releasing(self, riders: Iterable[Rider]) -> Call:
        """The call that gives characters back. What others have by now stays theirs."""
        return self._call(self._release_characters, leases=[[rider.name.lower(), rider.holder] for rider in riders])

    def release(self, *riders: Rider) -> list[str]:
        """Give characters back. Returns the names of those that were these riders'. Safe when repeated."""
        with state_errors(f"releasing {len(riders)} characters"):
            return list(map(str, call_all(self._redis, [self.releasing(riders)])[0]))

    def release_all(self, owner: str) -> list[str]:
        """Give back all that an owner has. Returns their names. Safe when repeated."""
        with state_errors(f"releasing the characters of {owner}"):
            return list(
                map(str, call_all(self._redis, [self._call(self._release_characters, leases=[], owner=owner)])[0])
            )

    def write(self, rider: Rider, add: Mapping[str, int]) -> int:
        """Add to a character's counters. Returns the record's new version. Raises `Conflict` if the lease is over."""
        with state_errors(f"writing of character {rider.name}"):
            version = self._ask(self._write_character, name=rider.name.lower(), holder=rider.holder, add=dict(add))
        if not version:
            raise Conflict(f"character {rider.name}: the lease with fence {rider.fence} is over; claim it again")
        return int(version)

    # -- what becomes of them -----------------------------------------------------------------------------------------

    def burying(self, game_id: str, player_id: str) -> Call:
        """The call that says that the character on a seat was eliminated. It may be a person's seat, or repeated."""
        return self._bury(game_id, player=player_id)

    def bury(self, rider: Rider, game_id: str) -> str | None:
        """A character was eliminated. Returns its heir's name, also when repeated; None if it has lives left.

        Raises `Conflict` if another seat has the character by now.
        """
        call = self._bury(game_id, name=rider.name.lower(), holder=rider.holder)
        with state_errors(f"burying character {rider.name}"):
            status, heir = call_all(self._redis, [call])[0]
        if status == "lost":
            raise Conflict(f"character {rider.name}: fence {rider.fence} is not the present one; nothing was changed")
        return str(heir) or None

    def _bury(self, game_id: str, **whom: str) -> Call:
        return self._call(
            self._bury_character,
            self._keys.bindings(game_id),
            knowledge=self._keys.knowledge(""),
            mode=self._settings.characters,
            game=game_id,
            lives=self._settings.lives_per_character,
            **whom,
            **self._new_names(),
        )

    def noting(self, game_id: str, turn_no: int, hp: Mapping[str, int], actor: str | None) -> Call:
        """The call that counts a shot of `actor`, or None for the beginning, after which players have so many `hp`."""
        return self._call(
            self._note_deeds,
            self._keys.bindings(game_id),
            self._keys.deeds(game_id),
            turn=turn_no,
            hp=dict(hp),
            actor=actor,
            ttl_ms=self._settings.history_ttl_seconds * 1000,
        )

    def create(self, name: str | None = None, horse: str | None = None, profile: str | None = None) -> Character:
        """A new character, which nobody has yet. Names that are left out are drawn.

        Raises `BadRequest` for a name that cannot be used, `Conflict` for one that is taken, or if no more may live.
        """
        names = self._new_names()
        given = {"people": [checked_name(name)]} if name is not None else {}
        given_horse = {"horses": [checked_name(horse)]} if horse is not None else {}
        with state_errors("making a character"):
            status, about = self._ask(
                self._create_character,
                **names | given | given_horse,
                given=name is not None,
                given_horse=horse is not None,
                profile=profile,
                **self._policy,
            )
        self._check_mode(status, about)
        if status == "taken":
            raise Conflict(f"name {about!r} is taken; give another")
        if status == "full":
            raise Conflict(
                f"COWBOY_CHARACTER_LIMIT={self._settings.character_limit} characters live, and none is free to retire; "
                "raise it, or wait for a game to end"
            )
        return self.get(about)

    def retire(self, name: str) -> Character:
        """Have a character retire that sits nowhere. Safe when repeated. Raises `NotFound` and `Conflict`."""
        with state_errors(f"retiring character {name}"):
            status = self._ask(self._retire_character, name=name.lower())
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
            begin = {"knowledge": self._keys.knowledge(""), "opinions": self._keys.opinions("")}
            return list(map(str, self._ask(self._clean_up_characters, keep=keep, **begin)))

    def take_over(self, character: Character) -> bool:
        """Import a character. Returns whether it is new: one that is here already stays as it is."""
        fields = {
            name: epoch_ms(value) if isinstance(value, datetime) else value
            for name, value in character.model_dump(exclude=_OWN, exclude_none=True).items()
        }
        at = character.died_at or character.retired_at or character.last_active
        with state_errors(f"importing character {character.name}"):
            status = self._ask(
                self._import_character,
                mode=self._settings.characters,
                name=character.name,
                status=character.status,
                at=epoch_ms(at) if at else 0,
                fields=fields,
            )
        if status not in {"imported", "taken"}:
            self._check_mode("mode", status)
        return bool(status == "imported")

    def set_aside(self, faults: Mapping[str, str]) -> None:
        """Note what could not be imported, and why, by file."""
        if faults:
            with state_errors("noting what could not be imported"):
                items = [text for pair in faults.items() for text in pair]
                self._redis.hset(self._keys.characters_quarantine, items=items)

    def quarantine(self) -> dict[str, str]:
        """What could not be imported, and why, by file."""
        with state_errors("reading what could not be imported"):
            return self._redis.hgetall(self._keys.characters_quarantine)  # type: ignore[return-value]

    # -- what is known of them ----------------------------------------------------------------------------------------

    def get(self, name: str) -> Character:
        """The character of that name, in whatever case. Raises `NotFound`."""
        (found,) = self._read([name.lower()])
        if found is None:
            raise NotFound(f"there is no character {name!r}")
        return found

    def all(self, status: CharacterStatus | None = None) -> list[Character]:
        """All of them, or all of one status: the living first, the least recently active first, then by name."""
        keys, names = self._keys, []
        sets = {
            CharacterStatus.LIVING: (keys.characters_idle, keys.characters_held),
            CharacterStatus.DEAD: (keys.characters_dead,),
            CharacterStatus.RETIRED: (keys.characters_retired,),
        }
        with state_errors("listing characters"), self._redis.pipeline(False) as pipeline:
            for one in CharacterStatus if status is None else (status,):
                for key in sets[one]:
                    pipeline.zrange(key, 0, -1)
            for some in pipeline.execute():
                names += some
        found = [character for character in self._read(names) if character is not None]
        order = list(CharacterStatus)
        return sorted(found, key=lambda one: (order.index(one.status), one.last_active or _NEVER, one.name.lower()))

    def available(self) -> list[str]:
        """Names of those that can be claimed, in the order in which they are."""
        free = (one for one in self.all(CharacterStatus.LIVING) if one.held_until is None)
        return [one.name for one in free]

    def statistics(self) -> Statistics:
        keys = self._keys
        with state_errors("counting characters"), self._redis.pipeline(False) as pipeline:
            for key in (keys.characters_idle, keys.characters_held, keys.characters_retired):
                pipeline.zcard(key)
            pipeline.hgetall(keys.characters_totals)
            idle, held, retired, totals = pipeline.execute()
        sums = {counter: int(totals.get(counter, 0)) for counter in _COUNTERS}
        return Statistics(
            total_characters=int(totals.get("characters", 0)),
            living_characters=idle + held,
            retired_characters=retired,
            total_deaths=sums.pop("deaths"),
            **sums,
        )

    def _read(self, names: Sequence[str]) -> list[Character | None]:
        if not names:
            return []
        with state_errors(f"reading {len(names)} characters"), self._redis.pipeline(False) as pipeline:
            pipeline.time()
            for name in names:
                pipeline.hgetall(self._keys.character(name))
                pipeline.zscore(self._keys.characters_held, name)
            now, *found = pipeline.execute()
        pairs = zip(found[::2], found[1::2], strict=True)
        return [_character(stored, ends, redis_ms(now)) for stored, ends in pairs]

    # -- asking -------------------------------------------------------------------------------------------------------

    def _ask(self, which: Script, **asked: object) -> Any:
        return call_all(self._redis, [self._call(which, **asked)])[0]

    def _call(self, which: Script, *more_keys: str, **asked: object) -> Call:
        said = {name: value for name, value in asked.items() if value is not None}
        said |= {"record": self._keys.character(""), "holds": self._keys.characters_holds("")}
        return Call(which, [*self._roster, *more_keys], [json.dumps(said)])

    @property
    def _lease_ms(self) -> int:
        return milliseconds(self._settings.character_lease_seconds)

    @property
    def _policy(self) -> dict[str, object]:
        current = self._settings
        return {
            "mode": current.characters,
            "limit": current.character_limit,
            "on_limit": current.character_on_limit,
        }

    def _new_names(self) -> dict[str, object]:
        with self._drawing:
            people = self._names.people(SPARE_NAMES)
            horses = self._names.horses(SPARE_NAMES) if self._settings.horse_names != "off" else []
        return {"people": people, "horses": horses}

    def _check_mode(self, status: str, mode: str) -> None:
        if status == "mode":
            raise BadSetting(
                f"COWBOY_CHARACTERS={self._settings.characters}: the characters of this installation are {mode!r}; "
                "set that, or another COWBOY_KEY_PREFIX"
            )


_OWN = {"name", "status", "owner", "game_id", "player_id", "held_until", "fence", "version"}
"""What an imported character does not bring along."""

_NEVER = datetime.fromtimestamp(0, UTC)


def _character(stored: Mapping[str, str], ends_ms: float | None, now_ms: int) -> Character | None:
    """A record as it is stored."""
    if "name" not in stored:
        return None
    known: dict[str, Any] = {name: value for name, value in stored.items() if name in _STORED and value != ""}
    for name in _TIMES:
        if name in known:
            known[name] = datetime.fromtimestamp(int(known[name]) / 1000, UTC)
    if ends_ms is not None and ends_ms > now_ms:
        known["held_until"] = datetime.fromtimestamp(ends_ms / 1000, UTC)
    return Character.model_validate(known)
