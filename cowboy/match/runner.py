"""Plays games of bots, several at a time, and follows them on their output topics."""

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import structlog

from cowboy.bus.consumer import Record
from cowboy.bus.reader import Batch, TopicReader
from cowboy.errors import GameManagerError
from cowboy.game.maps import default_grid, generate_grid
from cowboy.game.wire.http import CreateGame
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Map
from cowboy.game.words import PlayerName, StepEventType
from cowboy.match.client import GameClient
from cowboy.match.figures import GameFigures, figures_of
from cowboy.settings import Settings

log = structlog.get_logger(__name__)

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
    with TopicReader(settings, StepEvent, _pass_over) as reader:
        try:
            yield from _Match(plan, client, reader).run(watch)
        finally:
            client.close()


def _pass_over(record: Record, reason: str) -> None:
    log.warning("event_passed_over", topic=record.topic, offset=record.offset, reason=reason)


class _Match:
    def __init__(self, plan: MatchPlan, client: GameClient, reader: TopicReader[StepEvent]) -> None:
        self._plan = plan
        self._client = client
        self._reader = reader
        self._playing: dict[str, _Game] = {}

    def run(self, watch: Watcher) -> Iterator[GameFigures]:
        numbers = iter(range(self._plan.games))
        self._begin(numbers)
        while self._playing:
            for batch in self._reader.poll(POLL_MS):
                if figures := self._take_in(batch, watch):
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
            self._reader.follow(dict.fromkeys(self._playing))
            self._client.start(created.game_id)

    def _take_in(self, batch: Batch[StepEvent], watch: Watcher) -> GameFigures | None:
        game = self._playing.get(batch.game_id)
        if game is None:
            return None
        for event, _ in batch.messages:
            game.events.append(event)
            game.heard = time.monotonic()
            watch(event)
            if event.event_type == StepEventType.GAME_FINISHED:
                del self._playing[event.game_id]
                return figures_of(game.events, self._client.records(event.game_id), seed=game.seed)
        return None

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
