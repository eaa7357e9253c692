"""The whole system under load: games of `random` bots through the embedded arena."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from cowboy.bench.listening import batches
from cowboy.bench.recording import BRAIN
from cowboy.bench.systems import servers, stack
from cowboy.bus.consumer import Consumer
from cowboy.bus.topics import TopicNames
from cowboy.game.maps import default_grid
from cowboy.game.wire.http import CreateGame
from cowboy.game.wire.objects import Map
from cowboy.game.words import PlayerName
from cowboy.local.supervisor import supervising
from cowboy.match.client import GameClient
from cowboy.settings import Settings

SEATS = tuple(PlayerName)
WISHES = CreateGame(
    map=Map.from_grid(default_grid()),
    num_players=len(SEATS),
    bot_players=SEATS,
    brains=dict.fromkeys(SEATS, BRAIN),
)


def arena_turns_per_second(settings: Settings, *, games: int, warm_up_turns: int, turns: int) -> float:
    """With so many games at once, over `turns` turns, once `warm_up_turns` were played.

    Raises `OperatorError` when a process cannot be started, `GameManagerError` when a game cannot be made,
    `WorldError` when no turn is played any more.
    """
    topics = TopicNames.of(settings)
    with _running(settings), Consumer(settings) as consumer:
        client = GameClient(settings)
        game_ids = [client.create(WISHES).game_id for _ in range(games)]
        consumer.assign({topics.output_of(game_id): None for game_id in game_ids})
        for game_id in game_ids:
            client.start(game_id)
        client.close()
        _read(consumer, warm_up_turns)
        started = time.perf_counter()
        read = _read(consumer, turns)
        return round(read / (time.perf_counter() - started), 1)


@contextmanager
def _running(settings: Settings) -> Iterator[None]:
    with supervising(settings.home) as supervisor:
        supervisor.start(servers(settings), stack(settings))
        yield


def _read(consumer: Consumer, events: int) -> int:
    """Read at least so many events, of which each is a turn; how many it were."""
    read = 0
    for batch in batches(consumer):
        read += len(batch.records)
        if read >= events:
            break
    return read
