"""What a connection is sent: polled states by the rules of docs/wire.md#stream, and a bounded queue of events."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cowboy.arena.messages import Message
from cowboy.arena.record import GameRecord
from cowboy.arena.viewer import QUEUE_LIMIT, Viewer
from cowboy.game.words import GameStatus
from tests.unit.arena.builders import created, running

RUNNING, FINISHED = GameStatus.RUNNING, GameStatus.FINISHED


def polled(from_turn_no: int, *records: GameRecord) -> list[str | None]:
    """What becomes of states that no event tells of."""

    async def poll_each() -> list[str | None]:
        viewer = Viewer(from_turn_no)
        return [viewer.polled(record.to_snapshot(), 0) for record in records]

    return asyncio.run(poll_each())


def message(step_seq: int, turn_no: int = 1, status: GameStatus | None = RUNNING) -> Message:
    return Message(step_seq, f"event {step_seq}", turn_no, status)


def with_viewer(play: Callable[[Viewer], Coroutine[Any, Any, None]], from_turn_no: int = 0) -> None:
    """A viewer who has been told a running game in turn 3, after event 3."""

    async def begin() -> None:
        viewer = Viewer(from_turn_no)
        assert viewer.polled(running(turn_no=3).to_snapshot(), 3) == "SNAPSHOT"
        await play(viewer)

    asyncio.run(begin())


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


def test_what_an_event_has_told_is_not_polled_again() -> None:
    async def play(viewer: Viewer) -> None:
        viewer.offer(message(4, 4))
        assert await viewer.next(1) == "event 4"
        assert viewer.polled(running(turn_no=4).to_snapshot(), 4) is None
        viewer.offer(message(5, 4, FINISHED))
        assert await viewer.next(1) == "event 5"
        assert viewer.polled(running(turn_no=4).ended().to_snapshot(), 5) is None

    with_viewer(play)


def test_what_an_event_will_tell_is_not_polled_before_it_unless_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play(viewer: Viewer) -> None:
        ahead = running(turn_no=4).to_snapshot()
        assert viewer.polled(ahead, 4) is None
        viewer.offer(message(4, 4))
        await asyncio.sleep(0)
        assert viewer.polled(ahead, 4) is None, "it waits to be sent"
        assert await viewer.next(1) == "event 4"
        assert viewer.polled(running(turn_no=5).to_snapshot(), 5) is None, "another event is awaited by now"
        monkeypatch.setattr("cowboy.arena.viewer.EVENTS_SECONDS", 0)
        assert viewer.polled(running(turn_no=5).to_snapshot(), 5) == "SNAPSHOT"

    with_viewer(play)


def test_a_state_that_events_have_overtaken_while_it_was_read_says_nothing() -> None:
    async def play(viewer: Viewer) -> None:
        viewer.offer(message(5, 4, FINISHED))
        assert await viewer.next(1) == "event 5"
        assert viewer.polled(running(turn_no=9).to_snapshot(), 4) is None

    with_viewer(play)


def test_a_turn_beyond_the_mark_is_polled_only_above_what_from_turn_no_said() -> None:
    async def play(viewer: Viewer) -> None:
        viewer.offer(message(4, 4))
        assert await viewer.next(1) == "event 4"
        assert viewer.polled(running(turn_no=7).to_snapshot(), 4) is None
        assert viewer.polled(running(turn_no=8).to_snapshot(), 4) == "SNAPSHOT"

    with_viewer(play, from_turn_no=7)


def test_events_from_before_the_first_state_or_told_twice_are_not_sent() -> None:
    async def play() -> None:
        viewer = Viewer(0)
        for step_seq in (2, 3, 4):
            viewer.offer(message(step_seq))
        assert await viewer.next(0) is None, "nothing is sent before the first state"
        viewer.polled(running(turn_no=3).to_snapshot(), 3)
        viewer.offer(message(4))
        assert await viewer.next(1) == "event 4"
        assert await viewer.next(0.01) is None

    asyncio.run(play())


def test_a_slow_connection_loses_the_oldest_messages_and_no_memory() -> None:
    async def play(viewer: Viewer) -> None:
        for step_seq in range(4, QUEUE_LIMIT + 14):
            viewer.offer(message(step_seq))
        first, count = await viewer.next(1), 1
        while await viewer.next(0) is not None:
            count += 1
        assert (first, count) == ("event 14", QUEUE_LIMIT)

    with_viewer(play)


def test_waiting_for_a_message_ends_without_one() -> None:
    async def play(viewer: Viewer) -> None:
        assert await viewer.next(0.01) is None

    with_viewer(play)
