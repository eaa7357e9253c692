"""The archive: what can be read is taken, what cannot is set aside with the reason."""

import json
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pytest

from cowboy.characters.archive import (
    COMMON_KNOWLEDGE,
    PART_FILES,
    RECORDS,
    Archived,
    parts,
    read_archive,
    write_archive,
)
from cowboy.characters.fact import Fact, Kind, Source, Subject
from cowboy.characters.knowledge import MOST_BYTES, Knowledge
from cowboy.characters.record import Character, CharacterStatus

MAP = "0f3a5c7e9b12"
SEEN = Source("game-7", 12, "Ida", 1_700_000_000_000)
KNOWN = Knowledge(
    {
        Subject(Kind.DANGER, MAP, "3,5"): Fact({"lost": 3}, SEEN, 1, 0),
        Subject(Kind.BLOCK, MAP, "0,0"): Fact({"struck": 2, "broken": 1}, SEEN, 1, 1, 0),
        Subject(Kind.VISITED, "*", "*"): Fact({"turns": 9}, SEEN),
        Subject(Kind.HABITS, "person:A"): Fact({"turns": 9, "move up": 4}, SEEN),
    },
    generation=1,
)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def records(**of: object) -> dict[str, str]:
    return {RECORDS: json.dumps({"records": of, "total_count": len(of), "sharing_mode": "shared"})}


def test_what_was_written_is_read_again() -> None:
    family = [
        Character(
            name="Ida",
            horse_name="Red Flint",
            status=CharacterStatus.DEAD,
            created_at=moment(100),
            died_at=moment(300),
            last_active=moment(300),
            inherited_to="Kit",
            predecessor_created_at=moment(1),
            predecessor_died_at=moment(99),
            inherited_from="Gone",
            games_played=4,
            kills=3,
            damage=9,
            best_kills=2,
            wins=1,
            deaths=1,
        ),
        Character(name="Kit", created_at=moment(300), inherited_from="Ida", generation=1),
        Character(name="Lee 7", status=CharacterStatus.RETIRED, created_at=moment(9), retired_at=moment(10)),
    ]
    read = read_archive(write_archive(archived(*family)))
    assert [one.character for one in read.characters] == family
    assert (read.faults, read.remarks) == ({}, {})


def archived(*characters: Character) -> list[Archived]:
    return [Archived(one, Knowledge()) for one in characters]


def named(name: str) -> Character:
    return Character(name=name, created_at=moment(5))


def test_what_a_character_knows_and_what_all_know_is_read_again_with_its_sources() -> None:
    files = write_archive([Archived(named("Ida"), KNOWN), *archived(named("Kit"))], KNOWN)
    assert set(files) == {RECORDS, "Ida_state.json", "Ida_sectors.json", "Kit_state.json", COMMON_KNOWLEDGE}
    read = read_archive(files)
    assert [one.knowledge.fields() for one in read.characters] == [KNOWN.fields(), Knowledge().fields()]
    assert read.common.facts == KNOWN.facts
    assert (read.faults, read.remarks) == ({}, {})


FACT = {"n": {"lost": 1}, "g": "g1", "t": 1, "w": "Ida", "m": 1, "k": 0, "f": 0}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        (f"d {MAP} 3,5", {"n": {"lost": -1}}),
        (f"d {MAP} 3,5", {"n": {"<b>": 1}}),
        (f"d {MAP} 3,5", {"g": "x" * 65}),
        (f"d {MAP} 3,5", {"w": "I\u202eda"}),
        (f"d {MAP} 3,5", {"k": 1}),
        (f"d {MAP} 3,5", {"more": 1}),
        (f"d {MAP} ../x", {}),
        ("d beach 3,5", {}),
        ("h person:Z", {}),
        ("generation", {}),
    ],
)
def test_a_fact_that_cannot_be_is_set_aside_and_the_others_are_taken(field: str, changes: dict[str, Any]) -> None:
    facts = {field: FACT | changes, "h person:B": FACT}
    files = {"Ida_sectors.json": json.dumps({"facts": facts}), **records(Ida={"created_at": 5})}
    read = read_archive(files)
    (ida,) = read.characters
    assert set(ida.knowledge.facts) == {Subject(Kind.HABITS, "person:B")}
    assert read.faults["Ida_sectors.json"].startswith("1 of 2 facts: ")


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"facts": 3}', '{"facts": {}, "generation": -1}'])
def test_knowledge_that_cannot_be_read_is_set_aside_and_its_character_is_taken(text: str) -> None:
    read = read_archive({"Ida_sectors.json": text, **records(Ida={"created_at": 5})})
    assert [one.character.name for one in read.characters] == ["Ida"]
    assert set(read.faults) == {"Ida_sectors.json"}


def test_another_programs_sectors_and_those_of_nobody_are_left_out() -> None:
    files = write_archive([Archived(named("Ida"), KNOWN)])
    alone = {"Ida_sectors.json": files["Ida_sectors.json"], "Kit_sectors.json": '{"sectors": {"4": {"exits": [5]}}}'}
    read = read_archive({**alone, **records(Kit={"created_at": 5})})
    assert [one.knowledge.facts for one in read.characters] == [{}]
    assert (read.faults, set(read.remarks)) == ({}, {"Ida_sectors.json"})


def test_more_than_a_scope_holds_is_folded() -> None:
    facts = {f"d {MAP} {row},{col}": FACT | {"m": row} for row in range(100) for col in range(10)}
    read = read_archive({"shared_sectors.json": json.dumps({"facts": facts})})
    assert read.common.bytes <= MOST_BYTES
    assert sum(fact.counts["lost"] for fact in read.common.facts.values()) == 1000


@pytest.mark.parametrize("most_bytes", [1, 3_000, 10**6])
def test_the_parts_of_an_archive_hold_what_it_holds(most_bytes: int) -> None:
    names = [f"Kit {number}" for number in range(9)]
    files = write_archive([Archived(named(name), KNOWN) for name in names], KNOWN)
    split = list(parts({**files, "Lee_state.json": '{"created_at": 5}'}, most_bytes))
    assert len(split) == {1: 11, 10**6: 1}.get(most_bytes, len(split))
    read = [read_archive(part) for part in split]
    assert [one.character.name for part in read for one in part.characters] == [*names, "Lee"]
    assert sum(len(one.knowledge.facts) for part in read for one in part.characters) == 9 * len(KNOWN.facts)
    assert reduce(lambda all_of, part: all_of | part.common.facts, read, {}) == KNOWN.facts


def test_no_part_has_more_files_or_records_than_a_request_may() -> None:
    files = {f"Kit {number}_state.json": "{}" for number in range(2_500)}
    files |= records(**{f"Joss {number}": {"created_at": 5} for number in range(2_500)})
    split = list(parts(files, 10**6))
    assert max(len(part) for part in split) <= PART_FILES + 1
    assert sum(len(part) - (RECORDS in part) for part in split) == 2_500
    assert sum(len(json.loads(part[RECORDS])["records"]) for part in split if RECORDS in part) == 2_500


def test_a_records_file_that_cannot_be_read_is_told_once_and_shortened() -> None:
    files = {RECORDS: "[" + "1," * 10_000, "Ida_state.json": '{"created_at": 5}'}
    split = list(parts(files, 1))
    assert [len(part.get(RECORDS, "")) for part in split] == [1_000, 0]
    assert [set(read_archive(part).faults) for part in split] == [{RECORDS}, set()]


def test_a_state_without_a_record_is_a_living_character_and_its_deaths_are_reported() -> None:
    lee = {"last_active": 500, "deaths": 2, "sessions_played": 4, "total_profit": 70}
    read = read_archive({"Lee_state.json": json.dumps(lee)})
    lee_as_read = Character(name="Lee", created_at=moment(500), last_active=moment(500), games_played=4, deaths=2)
    assert [one.character for one in read.characters] == [lee_as_read]
    assert "2 deaths: taken as living" in read.remarks["Lee_state.json"]
    ((dead, _),) = read_archive({"Lee_state.json": json.dumps(lee)}, deaths_are_final=True).characters
    assert (dead.status, dead.died_at) == (CharacterStatus.DEAD, moment(500))


def test_what_cannot_be_read_is_named_and_the_rest_is_taken() -> None:
    files = {
        RECORDS: '{"records": {"Ida": {"created_at": 1',
        "Ida_state.json": json.dumps({"created_at": "yesterday"}),
        "Joss_state.json": json.dumps({"created_at": 3, "danger_zones": {"None": 4.5}}),
        "Kit_state.json": json.dumps({"created_at": 5}),
        "a_state_b_state.json": json.dumps({"created_at": 5}),
        "shared_sectors.json": "{}",
    }
    read = read_archive(files)
    assert [one.character.name for one in read.characters] == ["Kit"]
    assert read.faults.keys() == {RECORDS, "Ida_state.json", "Joss_state.json", "a_state_b_state.json"}


@pytest.mark.parametrize("field", ["ship_name", "inherited_from", "inherited_to"])
def test_a_record_with_a_name_that_no_terminal_should_show_is_set_aside(field: str) -> None:
    read = read_archive(records(Ida={"created_at": 5, field: "\x1b[31mJoss"}, Kit={"created_at": 5}))
    assert [one.character.name for one in read.characters] == ["Kit"]
    assert "\\x1b" in read.faults["Ida_state.json"]


def test_one_bad_record_costs_no_other() -> None:
    read = read_archive(records(Ida={"created_at": -1}, Kit={"created_at": 5}, **{"../x": {"created_at": 5}}))
    assert [one.character.name for one in read.characters] == ["Kit"]
    assert len(read.faults) == 2
