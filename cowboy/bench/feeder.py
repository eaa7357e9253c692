"""The feeder: plays recorded games against the system under test, and takes the time of every turn.

One turn is outstanding per game: a command's arrival ends a turn, and sends the event that opens the next. The feeder
looks at no command while the clock runs; it keeps them to be checked afterwards.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Self

from cowboy.bench.listening import batches
from cowboy.bench.recording import Recording
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.settings import Settings


class Lane:
    """A recorded game being fed. `commands` are those that have arrived, oldest first, by their keys."""

    def __init__(self, recording: Recording, output_topic: str) -> None:
        self.recording = recording
        self.commands: dict[bytes | None, bytes] = {}
        self.output_topic = output_topic
        self.events: Iterator[bytes] = (turn.event for turn in recording.turns)
        self.sent_at = 0.0


class Feeder:
    """Not thread-safe. The games' topics must exist. Raises `BusError` when the broker cannot be reached."""

    def __init__(self, settings: Settings, recordings: Iterable[Recording]) -> None:
        topics = TopicNames.of(settings)
        self._lanes = {
            topics.input_of(recording.game_id): Lane(recording, topics.output_of(recording.game_id))
            for recording in recordings
        }
        self._producer = Producer(settings)
        self._consumer = Consumer(settings)
        self._consumer.assign(dict.fromkeys(self._lanes))

    @property
    def lanes(self) -> list[Lane]:
        return list(self._lanes.values())

    def begin(self) -> None:
        """Open the first turn of every game."""
        for lane in self._lanes.values():
            self._open_next_turn(lane)

    def begin_evenly(self, seconds: float) -> None:
        """The same, as for games that know nothing of each other: over so many seconds, in which no turn ends.

        One game plays a turn before that, so that the system under test has loaded what it needs.
        """
        first, *others = self._lanes.values()
        self._open_next_turn(first)
        self.play(1)
        began = time.perf_counter()
        for number, lane in enumerate(others):
            time.sleep(max(0.0, began + seconds * number / len(others) - time.perf_counter()))
            self._open_next_turn(lane)

    def play(self, turns: int) -> list[float]:
        """Play until `turns` turns or a few more have ended. Returns how long each took, in ms.

        Raises `WorldError` when no answer comes any more.
        """
        durations_ms: list[float] = []
        for moment, records in batches(self._consumer):
            for record in records:
                lane = self._lanes[record.topic]
                if record.key in lane.commands:
                    continue  # Sent twice, as happens when an acknowledgement was lost: ends no second turn.
                durations_ms.append((moment - lane.sent_at) * 1000)
                lane.commands[record.key] = record.value or b""
                self._open_next_turn(lane)
            if len(durations_ms) >= turns:
                break
        return durations_ms

    def close(self) -> None:
        self._consumer.close()
        self._producer.close()

    def _open_next_turn(self, lane: Lane) -> None:
        """A game whose recording is over falls silent."""
        event = next(lane.events, None)
        if event is not None:
            lane.sent_at = time.perf_counter()
            self._producer.send(lane.output_topic, lane.recording.game_id, event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
