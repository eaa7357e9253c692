"""A match follows its games by what stands on their topics, and by nothing else that was put there."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.game.wire.messages import StepEvent
from cowboy.match import runner
from cowboy.match.runner import MatchPlan, play
from cowboy.settings import Settings
from tests.tables import finished, history

pytestmark = pytest.mark.integration

GAME, OTHER = "g1", "another"
PLAN = MatchPlan(players=4, brains={}, games=1, parallel=1, turn_timeout_seconds=60, max_turns=9, seed=None)


@pytest.fixture
def backend(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A backend that plays one game as soon as it is started: what it puts on the game's topic."""
    topic, values = TopicNames.of(settings).output_of(GAME), list[bytes]()

    def start(_game_id: str) -> None:
        with Producer(settings) as producer:
            for value in values:
                producer.send(topic, GAME, value).wait()

    client = SimpleNamespace(
        create=lambda _: SimpleNamespace(game_id=GAME),
        wait_for_bots=lambda _: None,
        start=start,
        records=lambda _: [],
        close=lambda: None,
    )
    monkeypatch.setattr(runner, "GameClient", lambda _: client)
    with TopicAdmin(settings) as admin:
        admin.create([topic])
        yield values
        admin.delete([topic])


@pytest.mark.parametrize("strange", [b"nonsense", finished(history(OTHER, 1)[-1]).to_json()], ids=["unreadable", OTHER])
def test_what_is_no_event_of_the_game_is_passed_over(settings: Settings, backend: list[bytes], strange: bytes) -> None:
    events = history(GAME, 3)
    events.append(finished(events[-1]))
    backend += [strange, *(event.to_json() for event in events)]
    watched: list[StepEvent] = []

    (figures,) = play(settings, PLAN, watched.append)

    assert watched == events
    assert figures.game_id == GAME
