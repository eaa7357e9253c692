"""The archive: characters as a folder of files, in the layout of the program that had them before.

`character_records.json` has a record for each name, `<name>_state.json` the state of one. What cannot be read is set
aside with the reason, and the rest is taken. A state without a record is taken as a living character; if it tells of
deaths, that is reported. Sectors, money and prices mean nothing here and are left out.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cowboy.characters.names import checked_name
from cowboy.characters.record import Character, CharacterStatus
from cowboy.errors import BadRequest
from cowboy.errors.validation import first_fault

RECORDS = "character_records.json"
STATE_ENDING = "_state.json"

Seconds = Annotated[float, Field(gt=0, lt=32_503_680_000, allow_inf_nan=False)]
"""Since 1970, until the year 3000."""
Count = Annotated[int, Field(ge=0, lt=2**31)]
Text = Annotated[str, Field(max_length=100)]


class _Record(BaseModel):
    """A record; what only our own have is missing in others."""

    model_config = ConfigDict(extra="ignore")

    ship_name: Text | None = None
    created_at: Seconds
    died_at: Seconds | None = None
    inherited_from: Text | None = None
    inherited_to: Text | None = None
    sessions: Count = 0
    retired_at: Seconds | None = None
    generation: Count = 0
    kills: Count = 0
    damage: Count = 0
    best_kills: Count = 0
    wins: Count = 0
    deaths: Count = 0


class _State(BaseModel):
    """As much of a state as has to fit."""

    model_config = ConfigDict(extra="ignore")

    ship_name: Text | None = None
    created_at: Seconds | None = None
    last_active: Seconds | None = None
    deaths: Count = 0
    sessions_played: Count = 0
    visited_sectors: tuple[int, ...] = ()
    scanned_sectors: dict[int, float] = {}
    danger_zones: dict[int, float] = {}


class Archive(NamedTuple):
    """What a folder holds: characters, and what could not be read or has to be looked at, by file."""

    characters: list[Character]
    faults: dict[str, str]
    remarks: dict[str, str]


M = TypeVar("M", bound=BaseModel)


def read_archive(files: Mapping[str, str], *, deaths_are_final: bool = False) -> Archive:
    """The characters in these files, by name of file. `deaths_are_final`: a state without a record that tells of deaths
    is that of a dead character.
    """
    read = Archive([], {}, {})
    states = _states(files, read.faults)
    records = _records(files, read.faults)
    for name, record in records.items():
        _add(read, name, partial(_of_record, name, record, states.get(name)))
    for name, state in states.items():
        if name in records:
            continue
        file = f"{name}{STATE_ENDING}"
        if state.deaths:
            read.remarks[file] = f"has no record and tells of {state.deaths} deaths: taken as " + (
                "dead" if deaths_are_final else "living"
            )
        _add(read, name, partial(_of_state, name, state, deaths_are_final=deaths_are_final))
    return read


def write_archive(characters: Iterable[Character]) -> dict[str, str]:
    """The files that `read_archive` reads."""
    files: dict[str, str] = {}
    records: dict[str, object] = {}
    for one in characters:
        record = {
            "ship_name": one.horse_name,
            "sessions": one.games_played,
            **one.model_dump(
                include={"name", "inherited_from", "inherited_to", "generation", "kills", "damage", "best_kills"}
                | {"wins", "deaths"}
            ),
            **{when: _seconds(getattr(one, when)) for when in ("created_at", "died_at", "retired_at")},
        }
        records[one.name] = record
        state = {
            "name": one.name,
            "ship_name": one.horse_name,
            "created_at": _seconds(one.created_at),
            "last_active": _seconds(one.last_active),
            "deaths": one.deaths,
            "sessions_played": one.games_played,
        }
        files[f"{one.name}{STATE_ENDING}"] = json.dumps(state, indent=1)
    files[RECORDS] = json.dumps({"records": records, "total_count": len(records)}, indent=1)
    return files


def _states(files: Mapping[str, str], faults: dict[str, str]) -> dict[str, _State]:
    found = {}
    for file, text in sorted(files.items()):
        if file.endswith(STATE_ENDING) and (state := _read(file, text, _State, faults)) is not None:
            found[file.removesuffix(STATE_ENDING)] = state
    return found


def _records(files: Mapping[str, str], faults: dict[str, str]) -> dict[str, _Record]:
    if RECORDS not in files:
        return {}
    try:
        stored = json.loads(files[RECORDS])["records"]
        pairs = stored.items()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        faults[RECORDS] = "is not JSON with `records` in it; the states are taken without it"
        return {}
    found = {}
    for name, value in pairs:
        record = _read(f"{RECORDS}#{name}"[:200], json.dumps(value), _Record, faults)
        if record is not None:
            found[str(name)] = record
    return found


def _read(file: str, text: str, kind: type[M], faults: dict[str, str]) -> M | None:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        faults[file] = first_fault(error)
        return None


def _add(read: Archive, name: str, build: Callable[[], Character]) -> None:
    try:
        checked_name(name)
        character = build()
        if character.horse_name is not None:
            checked_name(character.horse_name)
    except BadRequest as error:
        read.faults[f"{name}{STATE_ENDING}"[:200]] = str(error)
    else:
        read.characters.append(character)


def _of_record(name: str, record: _Record, state: _State | None) -> Character:
    status = CharacterStatus.RETIRED if record.retired_at else CharacterStatus.LIVING
    status = CharacterStatus.DEAD if record.died_at else status
    return Character(
        name=name,
        horse_name=record.ship_name,
        status=status,
        created_at=_moment(record.created_at),
        died_at=record.died_at and _moment(record.died_at),
        retired_at=record.retired_at and _moment(record.retired_at),
        last_active=state and state.last_active and _moment(state.last_active),
        games_played=record.sessions,
        deaths=max(record.deaths, int(status == CharacterStatus.DEAD)),
        **record.model_dump(
            include={"inherited_from", "inherited_to", "generation", "kills", "damage", "best_kills", "wins"}
        ),
    )


def _of_state(name: str, state: _State, *, deaths_are_final: bool) -> Character:
    is_dead = deaths_are_final and state.deaths > 0
    made = state.created_at or state.last_active
    if made is None:
        raise BadRequest("neither created_at nor last_active says since when it is there")
    active = state.last_active and _moment(state.last_active)
    return Character(
        name=name,
        horse_name=state.ship_name,
        status=CharacterStatus.DEAD if is_dead else CharacterStatus.LIVING,
        created_at=_moment(made),
        last_active=active,
        died_at=(active or _moment(made)) if is_dead else None,
        games_played=state.sessions_played,
        deaths=state.deaths,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
