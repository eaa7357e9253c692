"""Plays games of bots, several at a time, and follows them on their output topics."""

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from cowboy.bus.consumer import Consumer, Record
from cowboy.bus.decode import decode
from cowboy.bus.topics import TopicNames
from cowboy.errors import GameManagerError
from cowboy.game.maps import default_grid, generate_grid
from cowboy.game.wire.http import CreateGame
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Map
from cowboy.game.words import PlayerName, StepEventType
from cowboy.match.client import GameClient
from cowboy.match.figures import GameFigures, figures_of
from cowboy.settings import Settings

POLL_MS = 200
SILENCE_FACTOR = 3
"""A game that shows no event for this many turn timeouts is given up: something is broken, and waiting hides it."""


class MatchPlan(NamedTuple):
    """What is to be played. `brains` names brains by seat; seats without one get the installation's default."""

    players: int
    brains: dict[PlayerName, str]
    games: int
    parallel: int
    turn_timeout_seconds: int
    max_turns: int
    seed: int | None


class _Game:
    """A game in play."""

    def __init__(self, seed: int | None) -> None:
        self.seed = seed
        self.events: list[StepEvent] = []
        self.heard = time.monotonic()


Watcher = Callable[[StepEvent], None]


def play(settings: Settings, plan: MatchPlan, watch: Watcher) -> Iterator[GameFigures]:
    """The figures of each game as it ends. `watch` is told every event.

    Raises `GameManagerError` when a game cannot be made or has gone silent, `BotManagerError` when its bots do not
    become ready, `BusError` when the topics cannot be read.
    """
    client = GameClient(settings)
    with Consumer(settings) as consumer:
        try:
            yield from _Match(settings, plan, client, consumer).run(watch)
        finally:
            client.close()


class _Match:
    def __init__(self, settings: Settings, plan: MatchPlan, client: GameClient, consumer: Consumer) -> None:
        self._plan = plan
        self._client = client
        self._consumer = consumer
        self._topics = TopicNames.of(settings)
        self._max_bytes = settings.max_message_bytes
        self._playing: dict[str, _Game] = {}

    def run(self, watch: Watcher) -> Iterator[GameFigures]:
        numbers = iter(range(self._plan.games))
        self._begin(numbers)
        while self._playing:
            for record in self._consumer.poll(POLL_MS):
                if figures := self._take_in(record, watch):
                    self._begin(numbers)
                    yield figures
            self._look_for_silence()

    def _begin(self, numbers: Iterator[int]) -> None:
        """Start games until enough are in play or none is left."""
        while len(self._playing) < self._plan.parallel and (number := next(numbers, None)) is not None:
            seed = self._plan.seed + number if self._plan.seed is not None else None
            created = self._client.create(_wishes(self._plan, seed))
            self._client.wait_for_bots(created.game_id)
            self._playing[created.game_id] = _Game(seed)
            self._consumer.assign({self._topics.output_of(game_id): None for game_id in self._playing})
            self._client.start(created.game_id)

    def _take_in(self, record: Record, watch: Watcher) -> GameFigures | None:
        game_id = self._topics.game_of_output(record.topic)
        game = self._playing.get(game_id or "")
        if game is None:
            return None
        event = decode(StepEvent, record.value, self._max_bytes)
        game.events.append(event)
        game.heard = time.monotonic()
        watch(event)
        if event.event_type != StepEventType.GAME_FINISHED:
            return None
        del self._playing[event.game_id]
        return figures_of(game.events, self._client.records(event.game_id), seed=game.seed)

    def _look_for_silence(self) -> None:
        patience_seconds = SILENCE_FACTOR * self._plan.turn_timeout_seconds
        for game_id, game in self._playing.items():
            if time.monotonic() - game.heard > patience_seconds:
                turn = game.events[-1].turn_no if game.events else 0
                raise GameManagerError(f"game {game_id} has been silent for {patience_seconds} s, in turn {turn}")


def _wishes(plan: MatchPlan, seed: int | None) -> CreateGame:
    seats = tuple(PlayerName)[: plan.players]
    grid = default_grid() if seed is None else generate_grid(Random(seed), plan.players)  # noqa: S311  # no secret
    return CreateGame(
        turn_timeout_seconds=plan.turn_timeout_seconds,
        map=Map.from_grid(grid),
        num_players=plan.players,
        bot_players=seats,
        brains={seat: brain for seat, brain in plan.brains.items() if seat in seats} or None,
        seed=seed,
        max_turns=plan.max_turns,
    )
