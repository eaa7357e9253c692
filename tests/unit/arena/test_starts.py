"""Few games are at their first turn at a time."""

import asyncio

import pytest

from cowboy.arena import starts
from cowboy.arena.starts import Starts

AT_ONCE = 2
GAMES = [f"game {number}" for number in range(AT_ONCE + 2)]


@pytest.fixture(autouse=True)
def _two_at_once_and_endless_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "AT_ONCE", AT_ONCE)
    monkeypatch.setattr(starts, "PATIENCE_SECONDS", 3600)
    monkeypatch.setattr(starts, "LONGEST_WAIT_SECONDS", 3600)


def entering(gate: Starts, begun: list[str]) -> list[asyncio.Task[None]]:
    """The start of all games, each waiting for its place; `begun` grows by those that may begin."""

    async def enter(game_id: str) -> None:
        await gate.enter(game_id)
        begun.append(game_id)

    return [asyncio.create_task(enter(game_id)) for game_id in GAMES]


async def settled() -> None:
    """All that can go on has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_game_begins_when_the_first_turn_of_another_is_over() -> None:
    async def scenario() -> list[list[str]]:
        gate, begun, seen = Starts(), list[str](), list[list[str]]()
        for game_id in GAMES:
            gate.expect(game_id)
        tasks = entering(gate, begun)
        await settled()
        seen.append(list(begun))
        for over in ("no game of ours", GAMES[1], GAMES[1], GAMES[0]):
            gate.leave(over)
            await settled()
            seen.append(list(begun))
        await asyncio.gather(*tasks)
        return seen

    first = GAMES[:AT_ONCE]
    assert asyncio.run(scenario()) == [first, first, GAMES[: AT_ONCE + 1], GAMES[: AT_ONCE + 1], GAMES]


def test_a_game_that_a_person_begins_waits_for_none() -> None:
    async def scenario() -> list[str]:
        gate, begun = Starts(), list[str]()
        for game_id in GAMES[:-1]:
            gate.expect(game_id)
        tasks = entering(gate, begun)
        await settled()
        for task in tasks:
            task.cancel()
        return begun

    assert set(asyncio.run(scenario())) == {*GAMES[:AT_ONCE], GAMES[-1]}


async def all_begun() -> list[str]:
    """All games, in the order in which they begin though no first turn is played."""
    gate, begun = Starts(), list[str]()
    for game_id in GAMES:
        gate.expect(game_id)
    await asyncio.wait_for(asyncio.gather(*entering(gate, begun)), timeout=60)
    return begun


@pytest.mark.parametrize("bound", ["PATIENCE_SECONDS", "LONGEST_WAIT_SECONDS"])
def test_no_start_waits_for_ever(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, bound, 0.01)
    assert asyncio.run(all_begun()) == GAMES


def test_what_is_never_started_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "MOST_EXPECTED", AT_ONCE)
    assert sorted(asyncio.run(all_begun())) == GAMES
