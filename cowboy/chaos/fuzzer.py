"""A fuzzer of topics: sends duplicated, out-of-order, malformed and empty messages to the topics of live games."""

from collections.abc import Sequence
from random import Random
from typing import cast

from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.chaos.evidence import FORGED_KEY, Evidence, Seen
from cowboy.errors import BusError
from cowboy.settings import Settings

MESSAGES = 4
"""Messages for each fault."""
RECENT = 3

GARBAGE = (b"", b"\x00\xff\xfe", b"{", b"[]", b'{"command_id": 7}', b'"GAME_FINISHED"', b"x" * 5_000)
NULL = cast("bytes", None)
"""A message without a value, which Kafka knows and our own producers never send."""


class Fuzzer:
    """Sends the messages. Thread-safe. It does not wait for acknowledgements, since the broker may be away."""

    def __init__(self, settings: Settings) -> None:
        self._names = TopicNames.of(settings)
        self._producer = Producer(settings)

    def send(self, games: Sequence[Evidence], seed: int) -> None:
        """Send a few messages to one of these games."""
        chance = Random(seed)  # noqa: S311  # no secret
        if not games:
            return
        game = chance.choice(games)
        for _ in range(MESSAGES):
            to_input = chance.random() < 0.5
            topic = self._names.input_of(game.game_id) if to_input else self._names.output_of(game.game_id)
            value = fuzzed(game.commands if to_input else game.events, chance)
            try:
                self._producer.send(topic, FORGED_KEY.decode(), value)
            except BusError:
                return  # the broker is away: no message is sent

    def close(self) -> None:
        self._producer.close()


def fuzzed(seen: Sequence[Seen], chance: Random) -> bytes:
    """A message as bad as can be for a topic on which that was seen: never one that says something new."""
    real = [message.value for message in seen if message.value and not message.is_forged]
    choices = [[NULL], GARBAGE, *([real[-RECENT:], real] if real else [])]
    return chance.choice(chance.choice(choices))
