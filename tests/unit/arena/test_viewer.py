"""What a connection is sent: polled states by the rules of spec/game-backend.md §6.1, and a bounded queue of events."""

import asyncio

from cowboy.arena.record import GameRecord
from cowboy.arena.viewer import QUEUE_LIMIT, Viewer
from tests.unit.arena.builders import created, running


def polled(from_turn_no: int, *records: GameRecord) -> list[str | None]:
    async def poll_each() -> list[str | None]:
        viewer = Viewer(from_turn_no)
        return [viewer.polled(record.to_snapshot()) for record in records]

    return asyncio.run(poll_each())


def test_the_first_state_is_a_snapshot_whatever_the_status_and_the_mark() -> None:
    assert polled(0, created()) == ["SNAPSHOT"]
    assert polled(99, running()) == ["SNAPSHOT"]
    assert polled(0, running().ended()) == ["SNAPSHOT"]


def test_the_same_state_is_sent_once() -> None:
    assert polled(0, running(), running()) == ["SNAPSHOT", None]


def test_a_higher_turn_is_a_snapshot() -> None:
    assert polled(0, running(turn_no=3), running(turn_no=4), running(turn_no=4)) == ["SNAPSHOT", "SNAPSHOT", None]


def test_a_turn_up_to_the_mark_is_no_news() -> None:
    assert polled(5, running(turn_no=3), running(turn_no=5), running(turn_no=6)) == ["SNAPSHOT", None, "SNAPSHOT"]


def test_a_change_of_status_has_a_name_of_its_own() -> None:
    assert polled(0, created(), running(turn_no=1), running().ended()) == ["SNAPSHOT", "GAME_STARTED", "GAME_FINISHED"]


def test_a_slow_connection_loses_the_oldest_messages_and_no_memory() -> None:
    async def overfill() -> tuple[str | None, int]:
        viewer = Viewer(0)
        for number in range(QUEUE_LIMIT + 10):
            viewer.offer(number + 1, str(number))
        first, count = await viewer.next(1), 1
        while await viewer.next(0) is not None:
            count += 1
        return first, count

    assert asyncio.run(overfill()) == ("10", QUEUE_LIMIT)


def test_waiting_for_a_message_ends_without_one() -> None:
    async def wait_in_vain() -> str | None:
        return await Viewer(0).next(0.01)

    assert asyncio.run(wait_in_vain()) is None
