"""Names: how many there are, that a seed gives them again, and which ones people may give."""

import pytest

from cowboy.characters.names import (
    MAX_LENGTH,
    RESERVED,
    NameLevel,
    Names,
    checked_name,
    combinations,
    horse_combinations,
)
from cowboy.characters.words import COATS_AND_GAITS, MIDDLES, MINERALS_AND_SIGNS, NUMERALS, PREFIXES, SUFFIXES
from cowboy.errors import BadRequest

LISTS = (PREFIXES, MIDDLES, SUFFIXES, COATS_AND_GAITS, MINERALS_AND_SIGNS, NUMERALS)


@pytest.mark.parametrize("words", LISTS)
def test_no_word_stands_twice_in_its_list(words: tuple[str, ...]) -> None:
    assert len(set(words)) == len(words)


def test_the_numbers_of_combinations_are_those_of_the_lists() -> None:
    simple = {prefix + suffix for prefix in PREFIXES for suffix in SUFFIXES}
    assert combinations(NameLevel.SIMPLE) == len(simple)
    assert combinations(NameLevel.MEDIUM) == len({p + m + s for p in PREFIXES for m in MIDDLES for s in SUFFIXES})
    assert combinations(NameLevel.COMPLEX) == len(PREFIXES) * len(MIDDLES) * (len(MIDDLES) - 1) * len(SUFFIXES)
    assert horse_combinations(with_numerals=True) == 20 * horse_combinations(with_numerals=False)


def test_the_longest_name_fits() -> None:
    def longest(words: tuple[str, ...]) -> int:
        return max(map(len, words))

    assert longest(PREFIXES) + 2 * longest(MIDDLES) + longest(SUFFIXES) <= MAX_LENGTH
    assert longest(COATS_AND_GAITS) + longest(MINERALS_AND_SIGNS) + longest(NUMERALS) + 2 <= MAX_LENGTH


@pytest.mark.parametrize("level", NameLevel)
def test_a_seed_gives_the_same_names_again_and_all_can_be_given(level: NameLevel) -> None:
    drawn = Names(11, level).people(50)
    assert drawn == Names(11, level).people(50)
    assert drawn != Names(12, level).people(50)
    assert len(set(drawn)) == 50
    assert [checked_name(name) for name in drawn] == drawn


def test_horses_do_not_change_what_follows_of_the_riders() -> None:
    with_horses, without = Names(5), Names(5)
    assert [(with_horses.people(1), with_horses.horses(2))[0] for _ in range(5)] == [
        without.people(1) for _ in range(5)
    ]


def test_a_number_stands_where_it_is_wanted() -> None:
    assert Names(1, NameLevel.NUMBERED).people(3)[2].endswith("3")
    assert Names(1, NameLevel.NUMBERED, number_first=True).people(3)[2].startswith("3")
    assert Names(1, horse_numerals=True).horses(1)[0].split()[-1] in NUMERALS


def test_a_level_that_is_used_up_ends() -> None:
    assert len(Names(1, NameLevel.SIMPLE).people(10_000)) <= combinations(NameLevel.SIMPLE)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "Ida ",
        "Ida  Lee",
        "-Ida",
        "x" * 33,
        "Id\u200ba",  # invisible
        "Ida\x00",
        "Ida\n",
        "\u0406da",  # a Cyrillic letter among Latin ones
        "\uff29da",  # a wide one
        "a/b",
        "../etc",
        "a:b",
        *sorted(RESERVED),
        "Shared",
    ],
)
def test_a_name_that_cannot_be_used_is_refused_and_named(name: str) -> None:
    with pytest.raises(BadRequest, match="name "):
        checked_name(name)


def test_an_odd_name_is_shown_so_that_its_fault_can_be_seen() -> None:
    with pytest.raises(BadRequest, match=r"\\u200b"):
        checked_name("Id\u200ba")
