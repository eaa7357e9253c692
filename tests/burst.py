"""A burst: many games begun at once on a whole system, beside a few that are being played.

    KAFKA_HOME=build/kafka-4.1.0 .venv/bin/python -m tests.burst --games 200 --broker kafka

Prints how long after its game's first event each new game's first turn was played, and how long the turns of the
running games took before the burst and during it, by the games' own topics. Bots of the running games think for 0.2 s;
of each new game one seat is a bot's, which begins, so that it plays one turn.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cowboy.bus.consumer import Consumer
from cowboy.bus.topics import TopicNames
from cowboy.game.wire.http import CreateGame
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import PlayerName
from cowboy.local.environment import local_settings
from cowboy.local.stack import running_stack
from cowboy.match.client import GameClient
from cowboy.settings import Settings
from tests.unit.brains.packages import install

SEATS = tuple(PlayerName)
PACED = """
import time
from random import Random
from cowboy.brains.brain import Brain, Decision
from cowboy.game import rules

class Paced(Brain):
    name = "paced"
    speaks = False

    def decide(self, situation, context):
        time.sleep(0.2)
        return Decision(Random(situation.seed).choice(list(rules.legal_actions(situation.table.to_board()))))

def build(settings):
    return Paced()
"""
BEFORE = timedelta(seconds=8)
AFTER = timedelta(seconds=2)
"""What follows the burst belongs to it: the last games are being played."""
AT_ONCE = 100
"""Callers that start games at the same time."""


def burst(settings: Settings, games: int, running: int) -> None:
    """Play it on an own system, and print what came of it."""
    with running_stack(settings), ThreadPoolExecutor(AT_ONCE) as pool:
        clients = [GameClient(settings) for _ in range(AT_ONCE)]

        def make(number: int) -> str:
            bots = SEATS if number < running else SEATS[:1]
            brains = dict.fromkeys(bots, "paced") if number < running else {}
            wanted = CreateGame(num_players=4, bot_players=bots, brains=brains, turn_timeout_seconds=300, seed=number)
            client = clients[number % AT_ONCE]
            game_id = client.create(wanted).game_id
            client.wait_for_bots(game_id)
            return game_id

        made = list(pool.map(make, range(running + games)))
        old, new = made[:running], made[running:]
        for game_id in old:
            clients[0].start(game_id)
        time.sleep(BEFORE.total_seconds())
        begin = datetime.now(UTC)
        list(pool.map(lambda number: clients[number % AT_ONCE].start(new[number]), range(games)))
        end = datetime.now(UTC)
        time.sleep(AFTER.total_seconds())
        events = _events(settings, made)
    firsts = [_played(events[game_id][0], _turns(events[game_id])[0]) for game_id in new if _turns(events[game_id])]
    _say(
        f"{len(firsts)} of {games} new games, started within {(end - begin).total_seconds():.1f} s: first turn", firsts
    )
    gaps = [pair for game_id in old for pair in pairwise(_turns(events[game_id]))]
    before = [_played(*pair) for pair in gaps if begin - BEFORE < pair[0].created_at < begin - timedelta(seconds=1)]
    during = [_played(*pair) for pair in gaps if begin < pair[1].created_at and pair[0].created_at < end + AFTER]
    _say(f"{running} running games, before: turn", before)
    _say(f"{running} running games, during: turn", during)


def _turns(events: Sequence[StepEvent]) -> list[StepEvent]:
    return [event for event in events if event.consumed_a_turn]


def _played(before: StepEvent, after: StepEvent) -> float:
    return (after.created_at - before.created_at).total_seconds() * 1000


def _say(what: str, milliseconds: Iterable[float]) -> None:
    found = sorted(milliseconds)
    p90 = found[int(0.9 * len(found))]
    print(f"{what} p50 {statistics.median(found):.0f} p90 {p90:.0f} max {found[-1]:.0f} ms ({len(found)})")  # noqa: T201


def _events(settings: Settings, games: Sequence[str]) -> dict[str, list[StepEvent]]:
    """All that stands on these games' topics."""
    topics = TopicNames.of(settings)
    names = {topics.output_of(game_id): game_id for game_id in games}
    found: dict[str, list[StepEvent]] = defaultdict(list)
    with Consumer(settings) as consumer:
        consumer.assign(dict.fromkeys(names, 0))
        quiet = 0
        while quiet < 10 or not consumer.has_read_all():
            records = consumer.poll(200)
            quiet = 0 if any(len(found[names[record.topic]]) < 2 for record in records) else quiet + 1
            for record in records:
                found[names[record.topic]].append(StepEvent.model_validate_json(record.value or b""))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--games", type=int, default=200)
    parser.add_argument("--running", type=int, default=5)
    parser.add_argument("--broker", choices=["tansu", "kafka"], default="tansu")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        install(Path(home) / "brains", "paced", PACED, "paced = paced:build")
        os.environ["PYTHONPATH"] = str(Path(home) / "brains")
        wanted = Settings(home=Path(home), brain="random", heartbeat_seconds=1, topic_grace_seconds=3600)
        burst(local_settings(wanted, free_ports=True, broker_kind=asked.broker), asked.games, asked.running)


if __name__ == "__main__":
    main()
