"""The archive: what can be read is taken, what cannot is set aside with the reason."""

import json
from datetime import UTC, datetime

from cowboy.characters.archive import RECORDS, read_archive, write_archive
from cowboy.characters.record import Character, CharacterStatus


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
    read = read_archive(write_archive(family))
    assert read.characters == family
    assert (read.faults, read.remarks) == ({}, {})


def test_a_state_without_a_record_is_a_living_character_and_its_deaths_are_reported() -> None:
    lee = {"last_active": 500, "deaths": 2, "sessions_played": 4, "total_profit": 70}
    read = read_archive({"Lee_state.json": json.dumps(lee)})
    assert read.characters == [
        Character(name="Lee", created_at=moment(500), last_active=moment(500), games_played=4, deaths=2)
    ]
    assert "2 deaths: taken as living" in read.remarks["Lee_state.json"]
    (dead,) = read_archive({"Lee_state.json": json.dumps(lee)}, deaths_are_final=True).characters
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
    assert [one.name for one in read.characters] == ["Kit"]
    assert read.faults.keys() == {RECORDS, "Ida_state.json", "Joss_state.json", "a_state_b_state.json"}


def test_one_bad_record_costs_no_other() -> None:
    read = read_archive(records(Ida={"created_at": -1}, Kit={"created_at": 5}, **{"../x": {"created_at": 5}}))
    assert [one.name for one in read.characters] == ["Kit"]
    assert len(read.faults) == 2
