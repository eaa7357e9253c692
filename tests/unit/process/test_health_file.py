"""A health file grows old as soon as one part of its process does its work no longer."""

from pathlib import Path

import pytest

from cowboy.errors import BadSetting
from cowboy.process.health_file import HealthFile


class House:
    """A file, and a clock that a test moves on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.file = HealthFile(path, patience_seconds=15, clock=lambda: self.now)

    def is_touched(self) -> bool:
        """Since it was asked last."""
        touched = self.path.exists()
        self.path.unlink(missing_ok=True)
        return touched


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "healthy")


def test_it_is_touched_when_the_work_is_done(house: House) -> None:
    part = house.file.begin()
    assert not house.is_touched()
    part.worked()
    assert house.is_touched()


def test_all_parts_must_have_worked(house: House) -> None:
    one, other = house.file.begin(), house.file.begin()
    one.worked()
    assert not house.is_touched()
    other.worked()
    assert house.is_touched()


def test_one_part_that_is_silent_for_too_long_lets_it_grow_old(house: House) -> None:
    one, other = house.file.begin(), house.file.begin()
    one.worked()
    other.worked()
    assert house.is_touched()
    house.now = 15
    one.worked()
    assert house.is_touched()
    house.now = 30.1
    one.worked()
    assert not house.is_touched()
    other.worked()
    assert house.is_touched()


def test_a_part_that_is_over_is_not_waited_for(house: House) -> None:
    one = house.file.begin()
    with house.file.begin():
        one.worked()
        assert not house.is_touched()
    house.now = 2
    one.worked()
    assert house.is_touched()


def test_it_is_not_touched_at_each_of_many_steps(house: House) -> None:
    part = house.file.begin()
    touched = 0
    for house.now in (number / 10 for number in range(100)):
        part.worked()
        touched += house.is_touched()
    assert touched == 10


def test_that_of_an_earlier_life_is_removed(tmp_path: Path) -> None:
    (tmp_path / "healthy").touch()
    assert not House(tmp_path / "healthy").is_touched()


def test_one_that_cannot_be_written_refuses_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"COWBOY_HEALTH_FILE: .*/nowhere/healthy cannot be written: No such file"):
        HealthFile(tmp_path / "nowhere" / "healthy", 15)


def test_a_disk_that_fills_up_later_ends_nothing(house: House, tmp_path: Path) -> None:
    part = house.file.begin()
    tmp_path.rename(tmp_path.with_name("elsewhere"))
    part.worked()


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    HealthFile(None, 15).begin().worked()
    assert list(tmp_path.iterdir()) == []
