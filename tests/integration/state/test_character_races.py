"""Characters under races of real processes, and around deaths with processes that are killed at each step."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from cowboy.characters.fact import Fact, Kind, Source, Subject
from cowboy.characters.knowledge import Knowledge
from cowboy.characters.record import Character, CharacterStatus, Rider
from cowboy.errors import Conflict
from cowboy.settings import Settings
from cowboy.state.bindings import Binding
from cowboy.state.cast import Cast
from cowboy.state.character_leases import Wish
from cowboy.state.characters import Statistics
from cowboy.state.client import Redis, call_all, connect
from cowboy.state.moments import BotReady, EventStored, GameEnded
from cowboy.state.state import State
from tests.opinions import note_opinion
from tests.tables import IDS, binding, shots
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

FORK = multiprocessing.get_context("fork")
"""Processes that begin in milliseconds. They use no connection of the test's own."""
MOST_SECONDS = 60


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"characters": "inherit_on_death"})


def at_once(settings: Settings, count: int, task: Callable[[State, int], object]) -> list[Any]:
    """What so many processes answer that begin together, when all of them are connected."""
    begin, told = FORK.Barrier(count), FORK.SimpleQueue()

    def run(number: int) -> None:
        state = State(settings, connect(settings))
        state.redis.ping()
        begin.wait(MOST_SECONDS)
        told.put(task(state, number))

    processes = [FORK.Process(target=run, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(MOST_SECONDS)
    assert {process.exitcode for process in processes} == {0}
    return [told.get() for _ in processes]


def claim_one(state: State, number: int) -> tuple[str, str | None]:
    (claim,) = state.character_leases.claim(Wish(f"i{number}"))
    return claim.status, claim.rider and claim.rider.name


def test_of_sixty_processes_that_ask_at_once_for_fifteen_no_two_get_the_same(settings: Settings, redis: Redis) -> None:
    settings = settings.model_copy(update={"character_limit": 36, "character_lease_seconds": 600})
    state = State(settings, redis)
    for _ in range(15):
        state.characters.create()
    claims = at_once(settings, 60, claim_one)
    names = [name for _, name in claims if name]
    statuses = [status for status, _ in claims]
    assert len(set(names)) == len(names) == 36
    assert (statuses.count("claimed"), statuses.count("created"), statuses.count("full")) == (15, 21, 24)
    assert sum(state.character_leases.renew(f"i{number}")[0] for number in range(60)) == 36


def test_what_is_forgotten_while_characters_die_comes_to_no_heir(settings: Settings, redis: Redis) -> None:
    settings = settings.model_copy(update={"character_limit": 60, "character_lease_seconds": 600})
    state = State(settings, redis)
    source = Source("g0", 3, "somebody", 1_700_000_000_000)
    habits = Knowledge({Subject(Kind.HABITS, "person:A"): Fact({"turns": 9, "move up": 4}, source)})
    for number in range(60):
        state.characters.take_over(Character(name=f"Ida {number + 1}", created_at=datetime.now(UTC)), habits)
    riders = [claimed.rider for claimed in state.character_leases.claim(*[Wish("i1")] * 60)]

    def forget_or_die(state: State, number: int) -> int:
        if number == 0:
            return state.knowledge.forget("person:A")
        return len([state.careers.bury(rider, "g1") for rider in riders if rider])

    at_once(settings, 2, forget_or_die)
    living = [one.name for one in state.characters.all()]
    assert len(living) == 120
    assert [name for name in living if state.knowledge.of(name).facts] == []


def test_a_death_that_several_tell_at_once_has_one_heir(settings: Settings, redis: Redis) -> None:
    state = State(settings, redis)
    ida = state.character_leases.claim(Wish("i1"))[0].rider
    assert ida is not None
    heirs = set(at_once(settings, 3, lambda theirs, _: theirs.careers.bury(ida, "g1")))
    assert len(heirs) == 1
    assert {one.name for one in state.characters.all(CharacterStatus.LIVING)} == heirs
    assert state.characters.statistics().total_deaths == 1


# -- killed at each step ----------------------------------------------------------------------------------------------

GAME = "g1"
SHORT = 0.3
"""A lease that is over soon, in seconds."""


def seat(state: State) -> Iterator[None]:
    """A manager's part of a game, step by step: two characters get their seats."""
    claims = state.character_leases.claim(Wish("i1", GAME, IDS[0]), Wish("i1", GAME, IDS[1]))
    yield
    for number, claim in enumerate(claims):
        bot = binding(GAME, number, character=claim.rider)
        state.redis.hset(state.keys.bindings(GAME), bot.player_id, bot.model_dump_json())
        yield


def play(state: State, bots: list[Binding]) -> Iterator[None]:
    """The part of bridge, worker and keeper, call by call: the first shoots the second, and the game ends."""
    cast = Cast(state)
    begin, shot = shots(GAME, 0, {1: 0, 2: 0, 3: 0})
    for calls in (
        cast.bots_ready(list(map(BotReady, bots))),
        cast.events_stored([EventStored(begin, None)]),
        cast.events_stored([EventStored(shot, None)]),
        cast.games_ended([GameEnded(GAME, tuple(bots), "over")]),
    ):
        for call in calls:
            call_all(state.redis, [call])
            yield


def bots_of(state: State) -> list[Binding]:
    """As they are stored, by seat."""
    stored = state.redis.hgetall(state.keys.bindings(GAME))
    return sorted(map(Binding.model_validate_json, stored.values()), key=lambda bot: bot.player_id)  # type: ignore[arg-type]


def killed_after(settings: Settings, steps: int) -> bool:
    """Plays a game in a process that kills itself after so many steps. Returns whether it came so far."""

    def run() -> None:
        state = State(settings, connect(settings))
        done = 0
        for part in (lambda: seat(state), lambda: play(state, bots_of(state))):
            for _ in part():
                done += 1
                if done == steps:
                    os.kill(os.getpid(), signal.SIGKILL)

    process = FORK.Process(target=run)
    process.start()
    process.join(MOST_SECONDS)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


class Outcome(NamedTuple):
    """What is left of a game, whatever the names are."""

    statistics: Statistics
    lines: list[tuple[CharacterStatus, int, int, int, int, bool]]
    knowledge: list[list[dict[str, int]]]


def outcome(state: State) -> Outcome:
    everybody = sorted(state.characters.all(), key=_fate)
    known = [state.knowledge.of(one.name).facts.values() for one in everybody]
    assert not [one for one in everybody if one.held_until is not None]
    for one in everybody:
        if one.inherited_to:
            assert state.characters.get(one.inherited_to).inherited_from == one.name
    facts = [sorted((dict(fact.counts) for fact in facts), key=str) for facts in known]
    return Outcome(state.characters.statistics(), list(map(_fate, everybody)), facts)


def _fate(one: Character) -> tuple[CharacterStatus, int, int, int, int, bool]:
    return one.status, one.generation, one.games_played, one.kills, one.wins, one.inherited_to is not None


def test_wherever_a_process_is_killed_in_a_game_with_a_death_nothing_is_lost_or_doubled(
    settings: Settings, redis: Redis
) -> None:
    def of(number: int) -> State:
        mine = {"key_prefix": f"{settings.key_prefix}{number}:", "character_lease_seconds": SHORT}
        return State(settings.model_copy(update=mine), redis)

    whole = of(0)
    for _ in seat(whole):
        pass
    for _ in play(whole, bots_of(whole)):
        pass
    expected = outcome(whole)
    assert [fate[:3] for fate in expected.lines] == [("dead", 0, 1), ("living", 0, 1), ("living", 1, 0)]
    assert (expected.statistics.deaths, expected.statistics.kills, expected.statistics.wins) == (1, 3, 1)
    steps = 1
    while killed_after(of(steps).settings, steps):
        state = of(steps)
        if (
            len(bots_of(state)) < 2
        ):  # the manager was killed: the game is assigned again, others may have its characters
            state.redis.delete(state.keys.bindings(GAME))
            wait_for(lambda state=state: len(state.characters.available()) == 2)
            for _ in seat(state):
                pass
        for _ in play(state, bots_of(state)):  # the next process reads on from the stored position
            pass
        assert outcome(state) == expected, f"killed after step {steps}"
        steps += 1
    assert steps > 10


# -- asleep -----------------------------------------------------------------------------------------------------------


def test_an_owner_that_is_stopped_for_longer_than_its_lease_has_lost_what_others_took(
    settings: Settings, redis: Redis
) -> None:
    short = settings.model_copy(update={"character_lease_seconds": SHORT})
    told, asked = FORK.SimpleQueue(), FORK.SimpleQueue()
    process = FORK.Process(target=an_owner, args=(short, told, asked))
    process.start()
    rider = told.get()
    process_id = process.pid
    assert process_id is not None
    os.kill(process_id, signal.SIGSTOP)
    state = State(settings, redis)
    wait_for(lambda: state.characters.available() == [rider.name])
    present = state.character_leases.claim(Wish("i2", name=rider.name))[0].rider
    assert present is not None
    assert present.fence == rider.fence + 1
    assert note_opinion(state, present)
    before = state.characters.get(rider.name)
    os.kill(process_id, signal.SIGCONT)
    asked.put(None)
    assert told.get() == ("refused", "refused", [], 0)
    process.join()
    assert state.characters.get(rider.name) == before
    assert [opinion.text for opinion in state.knowledge.opinions(rider.name)] == ["B is weak"]


def an_owner(settings: Settings, told: Any, asked: Any) -> None:
    """Claims, and when it is asked tries all that only an owner may do."""
    state = State(settings, connect(settings))
    rider: Rider | None = state.character_leases.claim(Wish("i1"))[0].rider
    assert rider is not None
    told.put(rider)
    asked.get()

    def tried(what: Callable[[], object]) -> str:
        try:
            what()
        except Conflict:
            return "refused"
        return "done"

    written = "done" if note_opinion(state, rider, "not mine any more") else "refused"
    buried = tried(lambda: state.careers.bury(rider, "g1"))
    told.put((written, buried, state.character_leases.release(rider), state.character_leases.renew("i1")[0]))
