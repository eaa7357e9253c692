"""The archive: characters as a folder of files, in the layout of the program that had them before.

`character_records.json` has a record for each name, `<name>_state.json` the state of one, `<name>_sectors.json` what it
knows, and `shared_sectors.json` what all know. What cannot be read is set aside with the reason, and the rest is taken.
A state without a record is taken as a living character; if it tells of deaths, that is reported. Another program's
sectors, money and prices mean nothing here and are left out.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cowboy.characters.knowledge import SHARED, Knowledge
from cowboy.characters.knowledge_file import read_knowledge, write_knowledge
from cowboy.characters.names import checked_name
from cowboy.characters.record import Character, CharacterStatus
from cowboy.errors import BadRequest
from cowboy.errors.validation import first_fault

RECORDS = "character_records.json"
STATE_ENDING = "_state.json"
KNOWLEDGE_ENDING = "_sectors.json"
COMMON_KNOWLEDGE = f"{SHARED}{KNOWLEDGE_ENDING}"

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
    predecessor_created_at: Seconds | None = None
    predecessor_died_at: Seconds | None = None
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


class Archived(NamedTuple):
    """A character, and what it knows where each has its own knowledge."""

    character: Character
    knowledge: Knowledge


class Archive(NamedTuple):
    """What a folder holds: characters, what all of them know, and what could not be read or has to be looked at, by
    file."""

    characters: list[Archived]
    common: Knowledge
    faults: dict[str, str]
    remarks: dict[str, str]


M = TypeVar("M", bound=BaseModel)

PART_FILES = 1_000
"""Of each part, and as many records."""

_SHOWN = 1_000
_FILE_SHOWN = 200
_DATES = ("died_at", "retired_at", "predecessor_created_at", "predecessor_died_at")


def read_archive(files: Mapping[str, str], *, deaths_are_final: bool = False) -> Archive:
    """The characters in these files, by name of file. `deaths_are_final`: a state without a record that tells of deaths
    is that of a dead character.
    """
    faults: dict[str, str] = {}
    known = _knowledge(files, faults)
    read = Archive([], known.pop(SHARED, Knowledge()), faults, {})
    states = _states(files, faults)
    records = _records(files, faults)
    for name, record in records.items():
        _add(read, name, known, partial(_of_record, name, record, states.get(name)))
    for name, state in states.items():
        if name in records:
            continue
        file = f"{name}{STATE_ENDING}"
        if state.deaths:
            read.remarks[file] = f"has no record and tells of {state.deaths} deaths: taken as " + (
                "dead" if deaths_are_final else "living"
            )
        _add(read, name, known, partial(_of_state, name, state, deaths_are_final=deaths_are_final))
    for name, knowledge in known.items():
        if knowledge.facts and name not in records and name not in states:
            read.remarks[f"{name}{KNOWLEDGE_ENDING}"] = "was left out: neither a record nor a state has this name"
    return read._replace(faults=_printable(faults), remarks=_printable(read.remarks))


def write_archive(characters: Iterable[Archived], common: Knowledge | None = None) -> dict[str, str]:
    """The files that `read_archive` reads."""
    files = {COMMON_KNOWLEDGE: write_knowledge(common)} if common is not None and common.facts else {}
    records: dict[str, object] = {}
    for one, knowledge in characters:
        record = {
            "ship_name": one.horse_name,
            "sessions": one.games_played,
            **one.model_dump(
                include={"name", "inherited_from", "inherited_to", "generation", "kills", "damage", "best_kills"}
                | {"wins", "deaths"}
            ),
            **{when: _seconds(getattr(one, when)) for when in ("created_at", *_DATES)},
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
        if knowledge.facts:
            files[f"{one.name}{KNOWLEDGE_ENDING}"] = write_knowledge(knowledge)
    files[RECORDS] = records_file(records)
    return files


def records_file(records: Mapping[str, object]) -> str:
    """The text of a file with these records, by name."""
    return json.dumps({"records": records, "total_count": len(records)}, indent=1)


def fitting(files: Mapping[str, str], most_bytes: int) -> tuple[dict[str, str], dict[str, str]]:
    """The same archive without the files and the records that have more bytes, and these as faults."""
    records = _stored_records(files.get(RECORDS, "")) or {}
    large = [file for file, text in files.items() if file != RECORDS and _bytes(text) > most_bytes]
    large_records = {name for name, record in records.items() if _bytes(record) > most_bytes}
    kept = {file: text for file, text in files.items() if file not in large}
    if large_records:
        kept[RECORDS] = records_file({name: one for name, one in records.items() if name not in large_records})
    faulty = [*large, *map(_record_file, large_records)]
    return kept, dict.fromkeys(faulty, f"is larger than {most_bytes} bytes")


def parts(files: Mapping[str, str], most_bytes: int) -> Iterator[dict[str, str]]:
    """The same archive in parts, each of so many bytes and `PART_FILES` files at the most, or of one character.

    What is no character's comes first.
    """
    records = _stored_records(files.get(RECORDS, ""))
    of_names: dict[str, dict[str, str]] = {name: {} for name in records or {}}
    part: dict[str, str] = {}
    for file, text in files.items():
        ending = next((ending for ending in (STATE_ENDING, KNOWLEDGE_ENDING) if file.endswith(ending)), "")
        if ending and file != COMMON_KNOWLEDGE:
            of_names.setdefault(file.removesuffix(ending), {})[file] = text
        elif file != RECORDS:
            part[file] = text
        elif records is None:
            part[file] = text[:_SHOWN]  # it cannot be read, and less of it cannot, either
    together: dict[str, object] = {}
    size = sum(map(_bytes, part.values()))
    for name, own in of_names.items():
        record = {name: records[name]} if records and name in records else {}
        more = sum(map(_bytes, [*own.values(), record]))
        if size and (size + more > most_bytes or len(part) + len(together) + len(own) >= PART_FILES):
            yield _part(part, together)
            part, together, size = {}, {}, 0
        part, together, size = part | own, together | record, size + more
    if size:
        yield _part(part, together)


def _part(files: Mapping[str, str], records: Mapping[str, object]) -> dict[str, str]:
    return {**files, **({RECORDS: records_file(records)} if records else {})}


def _states(files: Mapping[str, str], faults: dict[str, str]) -> dict[str, _State]:
    found = {}
    for file, text in sorted(files.items()):
        if file.endswith(STATE_ENDING) and (state := _read(file, text, _State, faults)) is not None:
            found[file.removesuffix(STATE_ENDING)] = state
    return found


def _knowledge(files: Mapping[str, str], faults: dict[str, str]) -> dict[str, Knowledge]:
    found = {}
    for file, text in sorted(files.items()):
        if file.endswith(KNOWLEDGE_ENDING):
            knowledge, fault = read_knowledge(text)
            found[file.removesuffix(KNOWLEDGE_ENDING)] = knowledge
            if fault:
                faults[file] = fault
    return found


def _stored_records(text: str) -> dict[str, object] | None:
    """Of a records file: values by name. None if it cannot be read."""
    try:
        records = json.loads(text)["records"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return records if isinstance(records, dict) else None


def _records(files: Mapping[str, str], faults: dict[str, str]) -> dict[str, _Record]:
    if RECORDS not in files:
        return {}
    stored = _stored_records(files[RECORDS])
    if stored is None:
        faults[RECORDS] = "is not JSON with `records` in it; the states are taken without it"
        return {}
    found = {}
    for name, value in stored.items():
        record = _read(_record_file(name), json.dumps(value), _Record, faults)
        if record is not None:
            found[str(name)] = record
    return found


def _read(file: str, text: str, kind: type[M], faults: dict[str, str]) -> M | None:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        faults[file] = first_fault(error)
        return None


def _add(read: Archive, name: str, known: Mapping[str, Knowledge], build: Callable[[], Character]) -> None:
    try:
        checked_name(name)
        character = build()
        for one in filter(None, (character.horse_name, character.inherited_from, character.inherited_to)):
            checked_name(one)
    except BadRequest as error:
        read.faults[f"{name}{STATE_ENDING}"[:_FILE_SHOWN]] = str(error)
    else:
        read.characters.append(Archived(character, known.get(name, Knowledge())))


def _of_record(name: str, record: _Record, state: _State | None) -> Character:
    status = CharacterStatus.RETIRED if record.retired_at else CharacterStatus.LIVING
    status = CharacterStatus.DEAD if record.died_at else status
    return Character(
        name=name,
        horse_name=record.ship_name,
        status=status,
        created_at=_moment(record.created_at),
        **{when: _moment(seconds) for when in _DATES if (seconds := getattr(record, when)) is not None},
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


def _record_file(name: str) -> str:
    """Under which name a fault of a record is told."""
    return f"{RECORDS}#{name}"[:_FILE_SHOWN]


def _printable(told: Mapping[str, str]) -> dict[str, str]:
    """The same, with escapes for halves of characters: these stand in odd file names and JSON, and cannot be sent."""
    return {_whole(file): _whole(text) for file, text in told.items()}


def _whole(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _bytes(value: object) -> int:
    """How long a value is in JSON, as it is sent."""
    return len(json.dumps(value))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
