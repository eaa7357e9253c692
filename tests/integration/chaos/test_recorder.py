"""The recorder sees everything on a game's topics, live and once more, and knows its own forgeries."""

import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.consumer import Consumer, Record
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.chaos.evidence import FORGED_KEY, Seen
from cowboy.chaos.fuzzer import MESSAGES, Fuzzer
from cowboy.chaos.recorder import Recorder, reread
from cowboy.errors import BusError
from cowboy.settings import Settings
from tests.tables import finished, history
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

GAME = "g1"


@pytest.fixture
def names(settings: Settings) -> Iterator[TopicNames]:
    names = TopicNames.of(settings)
    topics = [names.input_of(GAME), names.output_of(GAME)]
    with TopicAdmin(settings) as admin:
        admin.create(topics)
        yield names
        admin.delete(topics)


@pytest.fixture
def recorder(settings: Settings) -> Iterator[Recorder]:
    recorder = Recorder(settings)
    recorder.start()
    yield recorder
    recorder.stop()


def test_everything_is_seen_live_and_again(settings: Settings, names: TopicNames, recorder: Recorder) -> None:
    events = history(GAME, 5)
    events.append(finished(events[-1]))
    recorder.follow(GAME)
    with Producer(settings) as producer:
        for event in events:
            producer.send(names.output_of(GAME), GAME, event.to_json()).wait()
            if event.command is not None:
                producer.send(names.input_of(GAME), event.command.command_id, event.command.to_json()).wait()

    wait_for(lambda: recorder.finished_before(float("inf")) == [GAME])
    wait_for(lambda: len(recorder.games[GAME].commands) == 5)
    live = recorder.release(GAME)
    again = reread(settings, [GAME])[GAME]

    assert [seen.value for seen in live.events] == [event.to_json() for event in events]
    assert len(again.commands) == 5
    assert live.differs_from(again) is None
    assert recorder.games == {}


def test_a_defect_is_logged_and_what_stood_there_is_read_all_the_same(
    settings: Settings, names: TopicNames, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, met = Seen.of, []

    def failing_once(record: Record, life: int) -> Seen:
        if not met:
            met.append(record)
            raise ZeroDivisionError
        return seen(record, life)

    monkeypatch.setattr(Seen, "of", failing_once)
    recorder.follow(GAME)
    with capture_logs() as logs, Producer(settings) as producer:
        for event in history(GAME, 5):
            producer.send(names.output_of(GAME), GAME, event.to_json()).wait()
        wait_for(lambda: len(recorder.games[GAME].events) == len(history(GAME, 5)))
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["recorder_failed"]


def test_reading_again_waits_for_a_broker_that_is_silent_for_a_while(
    settings: Settings, names: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silenced(Consumer):
        """Hears nothing in its first two seconds, as from a broker that is stopped."""

        polls = 0

        def poll(self, wait_ms: int) -> list[Record]:
            self.polls += 1
            return [] if pause.wait(wait_ms / 1000) or self.polls <= 20 else super().poll(wait_ms)

    pause = threading.Event()
    monkeypatch.setattr("cowboy.chaos.recorder.Consumer", Silenced)
    with Producer(settings) as producer:
        producer.send(names.output_of(GAME), GAME, b"an event").wait()

    assert [seen.value for seen in reread(settings, [GAME])[GAME].events] == [b"an event"]


def test_who_cannot_read_to_the_end_again_says_so(
    settings: Settings, names: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cowboy.chaos.recorder.REREAD_SECONDS", 0.0)
    with pytest.raises(BusError, match="did not come to the end"):
        reread(settings, [GAME])


def test_forged_messages_are_seen_and_known_as_such(settings: Settings, names: TopicNames, recorder: Recorder) -> None:
    recorder.follow(GAME)
    fuzzer = Fuzzer(settings)
    for seed in range(3):
        fuzzer.send(list(recorder.games.values()), seed)
    fuzzer.close()

    game = recorder.games[GAME]
    wait_for(lambda: len(game.commands) + len(game.events) == 3 * MESSAGES)
    assert {seen.key for seen in game.commands + game.events} == {FORGED_KEY}
    assert None in {seen.value for seen in game.commands + game.events}


def test_a_game_that_shows_nothing_of_its_own_is_silent(
    settings: Settings, names: TopicNames, recorder: Recorder
) -> None:
    recorder.follow(GAME)

    assert recorder.silent_since(0) == []
    assert recorder.silent_since(float("inf")) == [GAME]


def test_the_end_of_another_game_on_its_topic_does_not_end_a_game(
    settings: Settings, names: TopicNames, recorder: Recorder
) -> None:
    recorder.follow(GAME)
    with Producer(settings) as producer:
        producer.send(names.output_of(GAME), GAME, finished(history("g2", 1)[-1]).to_json()).wait()

    wait_for(lambda: recorder.games[GAME].events)
    assert recorder.finished_before(float("inf")) == []
