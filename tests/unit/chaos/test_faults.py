"""The schedule of faults: fixed by its seed, fair to every kind, aimed at processes that there are."""

from itertools import islice

import pytest

from cowboy.chaos.faults import KINDS, LONGEST_STOP_SECONDS, MIXED, SHORTEST_STOP_SECONDS, Effect, Fault, schedule

PROCESSES = {
    "worker": ["worker-i1", "worker-i2"],
    "bridge": ["bridge"],
    "keeper": ["keeper"],
    "manager": ["manager"],
    "arena": ["arena"],
    "redis": ["redis"],
    "broker": ["broker"],
}


def first(count: int, seed: int = 7, every_seconds: float = 1.0) -> list[Fault]:
    return list(islice(schedule(seed, list(KINDS), PROCESSES, every_seconds), count))


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert first(200) == first(200)


def test_another_seed_gives_another() -> None:
    assert first(20) != first(20, seed=8)


def test_faults_come_in_order_and_as_often_as_was_asked_for() -> None:
    moments = [fault.at_seconds for fault in first(1000, every_seconds=0.5)]

    assert moments == sorted(moments)
    assert moments[-1] == pytest.approx(500, rel=0.1)


def test_every_kind_comes_and_hits_a_process_of_its_role() -> None:
    faults = first(1000)

    assert {fault.kind.name for fault in faults} == set(KINDS)
    for fault in faults:
        assert fault.target in PROCESSES.get(fault.kind.role, [fault.kind.role])
    assert {fault.target for fault in faults if fault.kind.name == "kill-worker"} == {"worker-i1", "worker-i2"}


def test_what_stops_goes_on_again_and_traps_do_either() -> None:
    for fault in first(1000):
        if fault.kind.effect in {Effect.KILL, Effect.MESSAGES}:
            assert fault.duration_seconds == 0
        elif fault.kind.effect is not Effect.TRAP:
            assert SHORTEST_STOP_SECONDS <= fault.duration_seconds <= LONGEST_STOP_SECONDS
    traps = [fault.duration_seconds > 0 for fault in first(1000) if fault.kind.effect is Effect.TRAP]
    assert set(traps) == {True, False}


def test_only_faults_that_take_the_game_itself_away_excuse_a_lost_turn() -> None:
    assert {kind.role for kind in KINDS.values() if kind.excuses} == {"arena", "redis", "broker"}


def test_mixed_faults_need_no_model_and_lose_no_topic() -> None:
    assert set(KINDS) - set(MIXED) == {"llm", "broker-restart"}
