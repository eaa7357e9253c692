"""Leases: the games are shared out among the bridges that live, and each is one bridge's."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.leases import Leases
from cowboy.state.presence import bridges

pytestmark = pytest.mark.integration

LEASE_SECONDS = 60.0


class House:
    """Bridges and games, by name only."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self.redis = redis
        self.keys = keys
        self.leases = Leases(redis, keys, LEASE_SECONDS)

    def games(self, count: int) -> None:
        self.redis.sadd(self.keys.games, *(f"g{number}" for number in range(count)))

    def rounds(self, *names: str, count: int = 3) -> dict[str, int]:
        """Each bridge asks so often; how many games each has then."""
        for _ in range(count):
            for name in names:
                self.leases.share(name)
        return {name: len(self.leases.share(name)) for name in names}

    def silence(self, name: str) -> None:
        self.redis.zincrby(self.keys.bridges, -LEASE_SECONDS - 1, name)

    def leave(self, name: str) -> None:
        bridges(self.redis, self.keys, LEASE_SECONDS).leave(name)


@pytest.fixture
def house(redis: Redis, settings: Settings) -> House:
    return House(redis, Keys(settings.key_prefix))


def test_one_bridge_alone_has_all_games_and_the_same_lease_for_as_long_as_it_beats(house: House) -> None:
    house.games(5)
    first = house.leases.share("b1")
    assert first.keys() == {f"g{number}" for number in range(5)}
    assert len(set(first.values())) == 5
    assert house.leases.share("b1") == first
    assert house.leases.readers() == dict.fromkeys(first, "b1")


@pytest.mark.parametrize(
    ("games", "names", "shares"),
    [
        (12, ("b1", "b2", "b3"), [4, 4, 4]),
        (13, ("b1", "b2", "b3"), [4, 4, 5]),
        (14, ("b1", "b2", "b3"), [4, 5, 5]),
        (12, ("b1", "b2", "b3", "b4", "b5"), [2, 2, 2, 3, 3]),
        (2, ("b1", "b2", "b3"), [0, 1, 1]),
    ],
)
def test_shares_differ_by_one_game_at_most_and_every_game_is_read(
    house: House, games: int, names: tuple[str, ...], shares: list[int]
) -> None:
    house.games(games)
    assert sorted(house.rounds(*names).values()) == shares
    assert len(house.leases.readers()) == games


def test_a_bridge_that_joins_gets_its_share_from_those_that_have_more_and_nobody_elses_games_move(
    house: House,
) -> None:
    house.games(12)
    house.rounds("b1", "b2")
    before = house.leases.readers()
    assert house.rounds("b1", "b2", "b3") == {"b1": 4, "b2": 4, "b3": 4}
    moved = {game_id for game_id, reader in house.leases.readers().items() if reader != before[game_id]}
    assert {house.leases.readers()[game_id] for game_id in moved} == {"b3"}


def test_shares_that_are_even_enough_stay_where_they_are(house: House) -> None:
    house.games(5)
    house.rounds("b2", "b1")
    before = house.leases.readers()
    house.rounds("b1", "b2")
    house.rounds("b2", "b1")
    assert house.leases.readers() == before


def test_the_games_of_a_silent_bridge_are_taken_with_a_higher_fence(house: House) -> None:
    house.games(6)
    house.rounds("b1", "b2")
    before = house.leases.share("b1")
    house.silence("b1")
    taken = house.leases.share("b2")
    assert len(taken) == 6
    for game_id, lease in before.items():
        assert int(taken[game_id].split()[0]) > int(lease.split()[0])
    assert not house.leases.share("b1").items() & before.items()


def test_a_bridge_that_left_is_not_waited_for(house: House) -> None:
    house.games(6)
    house.rounds("b1", "b2")
    house.leave("b1")
    assert len(house.leases.share("b2")) == 6


def test_a_lease_that_comes_back_to_its_bridge_is_another_lease(house: House) -> None:
    house.games(1)
    first = house.leases.share("b1")
    house.silence("b1")
    house.leases.share("b2")
    house.leave("b2")
    assert house.leases.share("b1").keys() == first.keys()
    assert house.leases.share("b1") != first


def test_the_lease_of_a_game_that_is_over_goes_with_any_holder(house: House) -> None:
    house.games(2)
    house.rounds("b1", "b2")
    house.redis.delete(house.keys.games)
    assert house.leases.share("b1") == {}
    assert house.leases.readers() == {}


def test_bridges_that_are_long_gone_leave_nothing(house: House) -> None:
    house.games(1)
    house.leases.share("b1")
    house.silence("b1")
    house.leases.share("b2")
    assert house.redis.zrange(house.keys.bridges, 0, -1) == ["b2"]


def test_bridges_that_all_come_at_once_never_share_a_game(house: House) -> None:
    house.games(40)
    names = [f"b{number}" for number in range(8)]

    def ask(name: str) -> list[dict[str, str]]:
        return [house.leases.share(name) for _ in range(20)]

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(ask, names))
    assert house.rounds(*names) == dict.fromkeys(names, 5)
    assert Counter(house.leases.readers().values()) == dict.fromkeys(names, 5)


def test_while_nothing_changes_no_lease_is_looked_at_until_there_is_a_doubt(house: House) -> None:
    house.games(2)
    before = house.leases.share("b1")
    house.redis.hset(house.keys.leases, "g0", "9 b1")
    assert house.leases.share("b1") == before
    house.leases.doubt()
    assert house.leases.share("b1") == before | {"g0": "9 b1"}


def test_a_game_that_takes_the_place_of_another_is_noticed(house: House) -> None:
    house.games(2)
    house.leases.share("b1")
    house.redis.srem(house.keys.games, "g0")
    house.redis.hdel(house.keys.leases, "g0")
    house.redis.sadd(house.keys.games, "g7")
    assert house.leases.share("b1").keys() == {"g1", "g7"}
