"""Forged messages are as bad as can be, and never say anything new."""

from random import Random

from cowboy.chaos.evidence import FORGED_KEY, Seen
from cowboy.chaos.fuzzer import GARBAGE, fuzzed

REAL = [Seen(0, offset, b"k", b"real %d" % offset) for offset in range(10)]


def many(seen: list[Seen]) -> set[bytes | None]:
    chance = Random(7)
    return {fuzzed(seen, chance) for _ in range(2000)}


def test_doubles_old_and_new_garbage_and_nothing_at_all() -> None:
    assert many(REAL) == {None, *GARBAGE, *(seen.value for seen in REAL)}


def test_a_silent_topic_gets_garbage_only() -> None:
    assert many([]) == {None, *GARBAGE}


def test_what_was_forged_is_not_doubled_as_if_it_were_real() -> None:
    assert many([Seen(0, 1, FORGED_KEY, b"forged"), Seen(0, 2, b"k", None)]) == {None, *GARBAGE}


def test_the_same_seed_sends_the_same() -> None:
    assert [fuzzed(REAL, Random(seed)) for seed in range(50)] == [fuzzed(REAL, Random(seed)) for seed in range(50)]
