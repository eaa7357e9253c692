"""Characters under races of real processes, and around deaths with processes that are killed."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from cowboy.characters.record import CharacterStatus, Rider
from cowboy.errors import Conflict
from cowboy.settings import Settings
from cowboy.state.characters import Characters, Wish
from cowboy.state.client import Redis, connect
from cowboy.state.keys import Keys
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

PROCESSES = 3
SPAWN = multiprocessing.get_context("spawn")


def of(settings: Settings, client: Any = None) -> Characters:
    return Characters(client or connect(settings), Keys(settings.key_prefix), settings)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"characters": "inherit_on_death"})


def claim_some(settings: Settings, owner: str, count: int, start_at: float) -> list[tuple[str, str | None]]:
    """Claims one by one, from the moment on at which all begin: (status, name) of each."""
    characters = of(settings)
    time.sleep(max(0.0, start_at - time.time()))
    claims = [characters.claim(Wish(owner))[0] for _ in range(count)]
    return [(claim.status, claim.rider and claim.rider.name) for claim in claims]


def bury_one(settings: Settings, rider: Rider, start_at: float) -> str | None:
    characters = of(settings)
    time.sleep(max(0.0, start_at - time.time()))
    return characters.bury(rider, "g1")


def all_at_once(task: Callable[..., object], *arguments: tuple[object, ...]) -> list[Any]:
    with ProcessPoolExecutor(PROCESSES, mp_context=SPAWN) as pool:
        return [one.result() for one in [pool.submit(task, *some, time.time() + 3) for some in arguments]]


def test_two_hundred_that_ask_at_once_for_fifty_get_two_hundred_or_as_many_as_may_live(
    settings: Settings, redis: Redis
) -> None:
    settings = settings.model_copy(update={"character_limit": 120})
    characters = of(settings, redis)
    for _ in range(50):
        characters.create()
    asked = all_at_once(claim_some, *((settings, f"i{number}", 67) for number in range(PROCESSES)))
    claims = [claim for some in asked for claim in some]
    names = [name for _, name in claims if name]
    statuses = [status for status, _ in claims]
    assert len(set(names)) == len(names) == 120
    assert (statuses.count("claimed"), statuses.count("created"), statuses.count("full")) == (50, 70, 81)
    assert sum(characters.renew(f"i{number}")[0] for number in range(PROCESSES)) == 120


def test_a_death_that_several_tell_at_once_has_one_heir(settings: Settings, redis: Redis) -> None:
    characters = of(settings, redis)
    ida = characters.claim(Wish("i1"))[0].rider
    assert ida is not None
    heirs = set(all_at_once(bury_one, *([(settings, ida)] * PROCESSES)))
    assert len(heirs) == 1
    assert {one.name for one in characters.all(CharacterStatus.LIVING)} == heirs
    assert characters.statistics().total_deaths == 1


def one_life(settings: Settings, told: Any) -> None:
    """Claims, says whom, and buries, until it is killed."""
    characters = of(settings)
    for number in range(10_000):
        rider = characters.claim(Wish("i1"))[0].rider
        assert rider is not None
        told.put((rider, f"g{number}"))
        characters.bury(rider, f"g{number}")


def test_whenever_a_process_is_killed_around_a_death_there_is_one_heir(settings: Settings, redis: Redis) -> None:
    characters = of(settings, redis)
    for _ in range(3):
        told = SPAWN.SimpleQueue()
        process = SPAWN.Process(target=one_life, args=(settings, told))
        process.start()
        wait_for(lambda told=told: not told.empty())
        time.sleep(random.uniform(0, 0.02))  # at any step of a life
        process.kill()
        process.join()
        last: tuple[Rider, str] | None = None
        while not told.empty():
            last = told.get()
        assert last is not None
        rider, game = last
        # A bridge that reads the event again tells the death again.
        heir = characters.bury(rider, game)
        assert heir == characters.bury(rider, game)
        dead = characters.all(CharacterStatus.DEAD)
        heirs = [one.inherited_to for one in dead]
        assert len(set(heirs)) == len(heirs) == characters.statistics().total_deaths
        known = {one.name: one for one in characters.all()}
        assert all(known[str(one.inherited_to)].inherited_from == one.name for one in dead)
        assert len([one for one in known.values() if one.status == CharacterStatus.LIVING]) <= 2
        characters.release_all("i1")


def test_an_owner_that_is_stopped_for_longer_than_its_lease_has_lost_what_others_took(
    settings: Settings, redis: Redis
) -> None:
    short = settings.model_copy(update={"character_lease_seconds": 0.5})
    told, asked = SPAWN.SimpleQueue(), SPAWN.SimpleQueue()
    process = SPAWN.Process(target=an_owner, args=(short, told, asked))
    process.start()
    rider = told.get()
    process_id = process.pid
    assert process_id is not None
    os.kill(process_id, signal.SIGSTOP)
    characters = of(settings, redis)
    wait_for(lambda: characters.available() == [rider.name])
    present = characters.claim(Wish("i2", name=rider.name))[0].rider
    assert present is not None
    assert present.fence == rider.fence + 1
    characters.write(present, {"kills": 1})
    before = characters.get(rider.name)
    os.kill(process_id, signal.SIGCONT)
    asked.put(None)
    assert told.get() == ("refused", "refused", [], 0)
    process.join()
    assert characters.get(rider.name) == before


def an_owner(settings: Settings, told: Any, asked: Any) -> None:
    """Claims, and when it is asked tries all that only an owner may do."""
    characters = of(settings)
    rider = characters.claim(Wish("i1"))[0].rider
    assert rider is not None
    told.put(rider)
    asked.get()

    def tried(what: Callable[[], object]) -> str:
        try:
            what()
        except Conflict:
            return "refused"
        return "done"

    written, buried = tried(lambda: characters.write(rider, {"kills": 9})), tried(lambda: characters.bury(rider, "g1"))
    told.put((written, buried, characters.release(rider), characters.renew("i1")[0]))
