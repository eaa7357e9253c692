"""A season: many games of few characters on a whole system, whose workers are killed meanwhile.

    .venv/bin/python -m tests.season --games 200 --characters 12

What comes of it is judged by the games' own topics, read from their beginnings afterwards: which commands took effect
when, and by the turn records as which character each was decided. No character may have acted in two games at a time.
"""

import argparse
import os
import random
import signal
import tempfile
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import click

from cowboy.bus.consumer import Consumer
from cowboy.bus.topics import TopicNames
from cowboy.characters.lineage import as_text, lines
from cowboy.characters.record import Character, CharacterStatus
from cowboy.game.wire.http import CreateGame
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import PlayerName
from cowboy.local.environment import local_settings
from cowboy.local.stack import running_stack
from cowboy.match.client import GameClient
from cowboy.settings import Settings
from cowboy.state.characters import Statistics
from cowboy.state.state import State
from tests.waiting import wait_for

SEATS = list(PlayerName)
AT_ONCE = 3
LONGEST_GAME_SECONDS = 300.0


class Spell(NamedTuple):
    """From when until when a character acted in a game, by the game's topic."""

    character: str
    game_id: str
    first: datetime
    last: datetime


class Season(NamedTuple):
    """What came of it."""

    games: int
    kills: int
    spells: list[Spell]
    doubled: list[tuple[Spell, Spell]]
    deaths_on_topics: int
    statistics: Statistics
    characters: list[Character]


def play_season(
    home: Path, games: int, characters: int, *, kill_every_seconds: float | None, lease_seconds: float = 6
) -> Season:
    """Play it on an own system. Raises if a game does not end.

    A death counts for the character that has the lease of its seat: where no worker lived for so long, another seat
    may have it by then.
    """
    wanted = Settings(
        home=home,
        characters="inherit_on_death",
        character_limit=characters,
        character_lease_seconds=lease_seconds,
        heartbeat_seconds=1,
        topic_grace_seconds=3600,
        brain="greedy",
        name_seed=1,
    )
    settings = local_settings(wanted, free_ports=True)
    with running_stack(settings) as supervisor:
        state = State.of(settings)
        stop = threading.Event()
        kills: list[int] = []
        tending = threading.Thread(target=_tend, args=(supervisor, stop))
        killer = threading.Thread(target=_kill, args=(state, stop, kills, kill_every_seconds))
        tending.start()
        killer.start()
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                ids = list(pool.map(lambda number: _play(settings, state, number), range(games)))
            wait_for(lambda: not state.games.live(), 120)
        finally:
            stop.set()
            killer.join()
            tending.join()
        events = _events(settings, ids)
        spells = _spells(state, events)
        return Season(
            games=len(ids),
            kills=len(kills),
            spells=spells,
            doubled=_doubled(spells),
            deaths_on_topics=sum(len(_dead(events[game_id])) for game_id in ids),
            statistics=state.characters.statistics(),
            characters=state.characters.all(),
        )


def _play(settings: Settings, state: State, number: int) -> str:
    """One game, to its end: its id."""
    client = GameClient(settings)
    try:
        made = client.create(
            CreateGame(num_players=4, bot_players=tuple(SEATS), turn_timeout_seconds=20, seed=number, max_turns=400)
        )
        client.wait_for_bots(made.game_id)
        client.start(made.game_id)
    finally:
        client.close()
    wait_for(lambda: made.game_id not in state.games.live(), LONGEST_GAME_SECONDS)
    return made.game_id


def _tend(supervisor: object, stop: threading.Event) -> None:
    while not stop.is_set():
        supervisor.tend()  # type: ignore[attr-defined]
        stop.wait(0.2)


def _kill(state: State, stop: threading.Event, kills: list[int], every_seconds: float | None) -> None:
    chance = random.Random(7)
    while every_seconds is not None and not stop.wait(every_seconds):
        workers = state.instances.live()
        if len(workers) < 2:
            continue
        victim = chance.choice(workers)
        try:
            os.kill(victim.pid, chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            kills.append(victim.pid)
        except ProcessLookupError:
            continue


def _events(settings: Settings, ids: list[str]) -> dict[str, list[StepEvent]]:
    """All events of these games, from their topics."""
    topics = TopicNames.of(settings)
    names = {topics.output_of(game_id): game_id for game_id in ids}
    found: dict[str, list[StepEvent]] = defaultdict(list)
    with Consumer(settings) as consumer:
        consumer.assign(dict.fromkeys(names, 0))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for record in consumer.poll(200):
                found[names[record.topic]].append(StepEvent.model_validate_json(record.value or b""))
            ended = [game_id for game_id in ids if found[game_id] and found[game_id][-1].command is None]
            if len(ended) == len(ids) and consumer.has_read_all():
                return found
    raise AssertionError(f"only {len(found)} of {len(ids)} games can be read to their end")


def _spells(state: State, events: dict[str, list[StepEvent]]) -> list[Spell]:
    spells = []
    for game_id, of_game in events.items():
        decided_as = {one.command_id: one.character for one in state.records.of_game(game_id) if one.character}
        acted: dict[str, list[datetime]] = defaultdict(list)
        for event in of_game:
            if event.consumed_a_turn and event.command is not None and event.command.command_id in decided_as:
                acted[str(decided_as[event.command.command_id])].append(event.created_at)
        spells += [Spell(name, game_id, min(times), max(times)) for name, times in acted.items()]
    return spells


def _doubled(spells: list[Spell]) -> list[tuple[Spell, Spell]]:
    """Pairs in which one character acted in two games at a time."""
    by_name: dict[str, list[Spell]] = defaultdict(list)
    for spell in sorted(spells, key=lambda spell: spell.first):
        by_name[spell.character].append(spell)
    return [(one, other) for of_one in by_name.values() for one, other in pairwise(of_one) if other.first <= one.last]


def _dead(events: list[StepEvent]) -> set[str]:
    return {player.player_id for event in events for player in event.state_after.players if not player.alive}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--games", type=int, default=200)
    parser.add_argument("--characters", type=int, default=12)
    parser.add_argument("--kill-every", type=float, default=8.0, help="seconds")
    parser.add_argument("--lease", type=float, default=60.0, help="seconds")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        told = play_season(
            Path(home),
            asked.games,
            asked.characters,
            kill_every_seconds=asked.kill_every,
            lease_seconds=asked.lease,
        )
    click.echo(as_text(lines(told.characters)))
    click.echo(str(told.statistics))
    click.echo(f"{told.games} games, {told.kills} workers killed, {len(told.spells)} times a character acted in a game")
    click.echo(f"deaths on the topics {told.deaths_on_topics}, counted {told.statistics.total_deaths}")
    living = [one for one in told.characters if one.status == CharacterStatus.LIVING]
    click.echo(f"living {len(living)}, still held {len([one for one in living if one.held_until])}")
    click.echo(f"characters in two games at a time: {len(told.doubled)} {told.doubled[:3]}")


if __name__ == "__main__":
    main()
