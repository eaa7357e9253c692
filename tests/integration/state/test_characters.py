"""Characters in Redis: who has which, and what becomes of them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from cowboy.characters.lineage import as_text, lines
from cowboy.characters.names import MAX_LENGTH, NameLevel, Names, checked_name
from cowboy.characters.record import Character, CharacterStatus, Rider
from cowboy.errors import BadRequest, BadSetting, Conflict, NotFound
from cowboy.settings import Settings
from cowboy.state.character_leases import Claimed, Wish
from cowboy.state.characters import MOST_SET_ASIDE
from cowboy.state.client import Redis, call_all
from cowboy.state.keys import Keys
from cowboy.state.roster import SPARE_NAMES
from cowboy.state.state import State
from tests.opinions import note_opinion
from tests.tables import IDS, binding
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

GAME = "g1"
I1 = Wish("i1")
I2 = Wish("i2")
SHORT = 0.3
"""A lease that is over soon, in seconds."""


@pytest.fixture
def store(settings: Settings, redis: Redis) -> Callable[..., State]:
    """Makes the characters of a process with these settings."""

    def make(**changes: object) -> State:
        mine = settings.model_copy(update={"characters": "inherit_on_death", "name_seed": 11} | changes)
        return State(mine, redis)

    return make


@pytest.fixture
def state(store: Callable[..., State]) -> State:
    return store()


def rider_of(claimed: Claimed) -> Rider:
    assert claimed.rider is not None, claimed.status
    return claimed.rider


def claim(state: State, wish: Wish = I1, **changes: object) -> Rider:
    return rider_of(state.character_leases.claim(wish._replace(**changes))[0])


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def imported(state: State, **active_at: int) -> None:
    """Living characters of these names, active at these seconds."""
    for name, seconds in active_at.items():
        state.characters.take_over(Character(name=name, created_at=moment(seconds), last_active=moment(seconds)))


def know(redis: Redis, settings: Settings, scope: str, **facts: str) -> None:
    redis.hset(Keys(settings.key_prefix).knowledge(scope), mapping=facts)


def knows(redis: Redis, settings: Settings, scope: str) -> dict[str, str]:
    return redis.hgetall(Keys(settings.key_prefix).knowledge(scope))  # type: ignore[return-value]


# -- the fifteen examples ---------------------------------------------------------------------------------------------


def test_example_1_asking_twice_of_nobody_makes_two(state: State) -> None:
    first, second = state.character_leases.claim(I1, I1)
    assert (first.status, second.status) == ("created", "created")
    assert rider_of(first).name != rider_of(second).name
    assert state.characters.get(rider_of(first).name).games_played == 0


def test_example_2_the_least_recently_active_comes_first(state: State) -> None:
    imported(state, Ida=100, Joss=300, Kit=200)
    assert state.characters.available() == ["Ida", "Kit", "Joss"]
    assert [rider_of(one).name for one in state.character_leases.claim(I1, I1, I1)] == ["Ida", "Kit", "Joss"]


def test_example_3_the_dead_and_those_that_others_have_are_not_offered(state: State) -> None:
    imported(state, Ida=100, Joss=300, Kit=200)
    claim(state, I2, name="Ida")
    state.careers.bury(claim(state, I2, name="Kit"), "g1")
    assert state.characters.available()[-1] == "Joss"
    assert {"Ida", "Kit"}.isdisjoint(state.characters.available())


def test_example_4_a_lease_that_is_not_renewed_ends(store: Callable[..., State]) -> None:
    state = store(character_lease_seconds=SHORT)
    imported(state, Ida=100, Joss=300)
    claim(state, I2, name="Ida")
    assert state.characters.available() == ["Joss"]
    wait_for(lambda: state.characters.available() == ["Joss", "Ida"])


def test_example_5_two_that_ask_at_once_get_two(state: State, store: Callable[..., State]) -> None:
    imported(state, Ida=100, Joss=300, Kit=200)
    other = store()
    assert claim(state).name == "Ida"
    assert claim(other, I2).name == "Kit"


def test_examples_6_and_7_the_heir_knows_what_its_predecessor_knew(
    state: State, store: Callable[..., State], redis: Redis, settings: Settings
) -> None:
    imported(state, Ida=100)
    ida = claim(state, name="Ida")
    know(redis, settings, "ida", visited="4 9", danger="9 50")
    redis.hset(Keys(settings.key_prefix).character(ida.name.lower()), "kills", 3)
    heir = store().characters.get(state.careers.bury(ida, "g1") or "")
    assert knows(redis, settings, heir.name.lower()) == {"visited": "4 9", "danger": "9 50", "generation": "1"}
    assert (heir.kills, heir.games_played, heir.generation, heir.inherited_from) == (0, 0, 1, "Ida")
    dead = state.characters.get("Ida")
    assert (dead.status, dead.inherited_to, dead.kills, dead.deaths) == (CharacterStatus.DEAD, heir.name, 3, 1)


def test_example_8_a_death_that_is_told_twice_has_one_heir(state: State) -> None:
    ida = claim(state)
    heir = state.careers.bury(ida, "g1")
    assert heir == state.careers.bury(ida, "g1")
    assert [one.name for one in state.characters.all(CharacterStatus.LIVING)] == [heir]
    assert state.characters.statistics().total_deaths == 1


@pytest.mark.parametrize("mode", ["shared", "independent"])
def test_example_9_there_is_an_heir_in_every_mode_but_only_one_mode_hands_knowledge_on(
    store: Callable[..., State], redis: Redis, settings: Settings, mode: str
) -> None:
    state = store(characters=mode)
    ida = claim(state)
    know(redis, settings, ida.name.lower(), visited="4 9")
    know(redis, settings, "shared", visited="1")
    heir = state.characters.get(state.careers.bury(ida, "g1") or "")
    assert heir.inherited_from == ida.name
    assert knows(redis, settings, heir.name.lower()) == {}
    assert knows(redis, settings, "shared") == {"visited": "1"}


def test_example_10_the_oldest_that_is_free_retires_for_a_new_one(store: Callable[..., State]) -> None:
    state = store(character_limit=2)
    imported(state, Ida=100, Joss=300)
    state.characters.create("Kit")
    retired = state.characters.get("Ida")
    assert (retired.status, retired.inherited_to, retired.deaths) == (CharacterStatus.RETIRED, None, 0)
    assert {one.name for one in state.characters.all(CharacterStatus.LIVING)} == {"Joss", "Kit"}


@pytest.mark.parametrize(("on_limit", "owned"), [("retire", 2), ("refuse", 0)])
def test_example_10_or_the_new_one_is_refused(store: Callable[..., State], on_limit: str, owned: int) -> None:
    state = store(character_limit=2, character_on_limit=on_limit)
    imported(state, Ida=100, Joss=300)
    state.character_leases.claim(*[I1] * owned)
    with pytest.raises(Conflict, match="COWBOY_CHARACTER_LIMIT=2"):
        state.characters.create("Kit")
    if owned:
        assert state.character_leases.claim(I1)[0].status == "full"


@pytest.mark.parametrize(("keep", "left"), [(3, ["D20", "D30", "D40"]), (0, []), (9, ["D10", "D20", "D30", "D40"])])
def test_example_11_clean_up_keeps_those_that_died_last(state: State, keep: int, left: list[str]) -> None:
    for seconds in (10, 20, 30, 40):
        state.characters.take_over(
            Character(
                name=f"D{seconds}",
                status=CharacterStatus.DEAD,
                created_at=moment(1),
                died_at=moment(seconds),
                deaths=1,
                kills=2,
            )
        )
    before = state.characters.statistics()
    assert len(state.characters.clean_up(keep)) == 4 - len(left)
    assert sorted(one.name for one in state.characters.all(CharacterStatus.DEAD)) == left
    assert state.characters.statistics() == before
    with pytest.raises(Conflict, match="'D10' is taken"):
        state.characters.create("D10")


def test_example_12_a_former_owner_changes_nothing(store: Callable[..., State]) -> None:
    state = store(character_lease_seconds=SHORT)
    imported(state, Ida=100)
    former = claim(state, I1, name="Ida")
    wait_for(lambda: state.characters.available() == ["Ida"])
    long = store()
    present = claim(long, I2, name="Ida")
    assert present.fence == former.fence + 1
    before = state.characters.get("Ida")
    assert not note_opinion(state, former)
    with pytest.raises(Conflict, match="not the present one"):
        state.careers.bury(former, "g1")
    assert state.character_leases.release(former) == []
    assert state.character_leases.release_all("i1") == []
    kept, _ = state.character_leases.renew("i1")
    assert kept == 0
    assert state.characters.get("Ida") == before


def test_example_13_a_seed_gives_the_same_names_again_and_no_name_twice(
    store: Callable[..., State], redis: Redis, settings: Settings
) -> None:
    def names() -> list[tuple[str, str | None]]:
        return [(rider.name, rider.horse) for rider in map(rider_of, store().character_leases.claim(*[I1] * 5))]

    def forget() -> None:
        for key in redis.scan_iter(f"{settings.key_prefix}*"):
            redis.delete(key)

    first = names()
    forget()
    assert names() == first
    assert {name for name, _ in names()}.isdisjoint(name for name, _ in first)


def test_example_14_a_character_from_elsewhere_keeps_what_it_was(state: State) -> None:
    state.characters.take_over(
        Character(name="Lee", created_at=moment(500), last_active=moment(500), games_played=4, deaths=2)
    )
    lee = state.characters.get("lee")
    assert (lee.name, lee.created_at, lee.games_played, lee.status) == (
        "Lee",
        moment(500),
        4,
        CharacterStatus.LIVING,
    )
    assert not state.characters.take_over(Character(name="LEE", created_at=moment(1)))
    assert state.characters.get("Lee") == lee


def test_example_15_statistics_are_of_all_there_ever_were(state: State) -> None:
    for name, status, kills, games in (("Ida", "living", 30, 2), ("Joss", "dead", 10, 1)):
        state.characters.take_over(
            Character(
                name=name,
                status=CharacterStatus(status),
                created_at=moment(1),
                kills=kills,
                games_played=games,
                deaths=int(status == "dead"),
                died_at=moment(9) if status == "dead" else None,
            )
        )
    told = state.characters.statistics()
    assert (told.total_characters, told.living_characters, told.total_deaths) == (2, 1, 1)
    assert (told.games_played, told.kills, told.kills_per_character, told.kills_per_game) == (3, 40, 20, 40 / 3)


# -- ownership --------------------------------------------------------------------------------------------------------


def test_a_certain_character_is_had_once(state: State) -> None:
    imported(state, Ida=100)
    ida = claim(state, name="IDA", token="t" * 32)
    assert state.character_leases.claim(I2._replace(name="Ida"))[0] == Claimed("held", None)
    assert state.character_leases.claim(I1._replace(name="Ida", token="t" * 32))[0] == Claimed("renewed", ida)
    assert state.character_leases.claim(I1._replace(name="Nobody"))[0].status == "unknown"


def test_a_lease_that_is_over_is_claimed_again_for_its_seat_under_the_next_fence(
    store: Callable[..., State], redis: Redis, settings: Settings
) -> None:
    state = store(character_lease_seconds=SHORT)
    ida = claim(state, I1, game_id=GAME, player_id=IDS[0])
    seated(redis, settings, "i1", character=ida, reason='as "fence":1 says')
    wait_for(lambda: state.characters.available() == [ida.name])
    assert not note_opinion(state, ida)
    before = state.bindings.get(GAME, IDS[0])
    assert state.character_leases.renew("i1") == (1, [])
    there = state.bindings.get(GAME, IDS[0])
    assert there == before.model_copy(update={"character": ida.model_copy(update={"fence": ida.fence + 1})})
    assert (note_opinion(state, ida), note_opinion(state, there.character)) == (False, True)
    assert state.characters.available() == []


def test_a_lease_that_is_over_is_lost_where_no_seat_names_it(store: Callable[..., State]) -> None:
    state = store(character_lease_seconds=SHORT)
    ida = claim(state, token="t" * 32)
    wait_for(lambda: state.characters.available() == [ida.name])
    (lost,) = state.character_leases.renew("i1")[1]
    assert (lost.name, lost.holder) == (ida.name.lower(), ida.holder)
    assert state.character_leases.renew("i1") == (0, [])
    again = state.character_leases.claim(I1._replace(name=ida.name, token="t" * 32))[0]
    assert (again.status, again.rider) == ("claimed", ida.model_copy(update={"fence": ida.fence + 1}))


def seated(redis: Redis, settings: Settings, instance: str, **changes: object) -> None:
    """The bot on the first seat of game g1 is on that instance."""
    bot = binding(GAME, 0, instance=instance, **changes)
    redis.hset(Keys(settings.key_prefix).bindings(GAME), bot.player_id, bot.model_dump_json())


def test_what_was_lost_is_told_once_with_its_seat(
    store: Callable[..., State], redis: Redis, settings: Settings
) -> None:
    state = store(character_lease_seconds=SHORT)
    seated(redis, settings, "i1")
    ida = claim(state, I1, game_id=GAME, player_id=IDS[0])
    wait_for(lambda: state.characters.available() == [ida.name])
    claim(state, I2, name=ida.name)
    _, (lost,) = state.character_leases.renew("i1")
    assert (lost.name, lost.holder, lost.game_id, lost.player_id) == (ida.name.lower(), ida.holder, GAME, IDS[0])
    assert state.character_leases.renew("i1") == (0, [])


def test_a_bot_that_moved_is_renewed_by_its_new_instance_alone(
    store: Callable[..., State], redis: Redis, settings: Settings
) -> None:
    state = store(character_lease_seconds=SHORT)
    seated(redis, settings, "i1")
    ida = claim(state, I1, game_id=GAME, player_id=IDS[0])
    assert state.character_leases.renew("i1") == (1, [])
    seated(redis, settings, "i2", character=ida)
    wait_for(lambda: state.characters.available() == [ida.name])  # i1 is dead, and i2 has not taught it yet
    # Told twice: the second time the seat has the character by another lease.
    assert call_all(redis, [state.character_leases.seating(ida, "i2", GAME, IDS[0])] * 2) == [1, 0]
    assert state.character_leases.renew("i1") == (0, [])
    assert state.character_leases.renew("i2") == (1, [])
    there = state.characters.get(ida.name)
    assert (there.owner, there.games_played, there.fence) == ("i2", 1, ida.fence + 1)
    redis.delete(Keys(settings.key_prefix).bindings(GAME))
    assert state.character_leases.renew("i2") == (0, [])


def test_release_all_frees_what_an_owner_has_and_nothing_that_others_took(state: State) -> None:
    imported(state, Ida=100, Joss=300)
    claim(state), claim(state)
    assert sorted(state.character_leases.release_all("i1")) == ["Ida", "Joss"]
    claim(state, I2, name="Ida")
    assert state.character_leases.release_all("i1") == []
    assert state.characters.available() == ["Joss"]


def test_what_was_given_back_goes_to_the_end_of_the_queue_and_cannot_be_renewed(state: State) -> None:
    imported(state, Ida=100, Joss=300)
    ida = claim(state, name="Ida")
    assert state.character_leases.release(ida) == ["Ida"]
    assert state.characters.available() == ["Joss", "Ida"]
    assert state.character_leases.renew("i1") == (0, [])
    assert state.characters.available() == ["Joss", "Ida"]


def test_a_character_that_never_played_comes_first_and_retires_last(store: Callable[..., State]) -> None:
    state = store(character_limit=3)
    imported(state, Ida=100, Joss=300)
    state.characters.create("Kit")
    state.characters.create("Lee")
    assert state.characters.available() == ["Kit", "Lee", "Joss"]  # Ida has retired


def test_an_heir_comes_before_all_others_and_retires_after_them(store: Callable[..., State]) -> None:
    state = store(character_limit=4)
    for name in ("A1", "A2", "A3"):
        state.characters.create(name)
    heir = state.careers.bury(claim(state, name="A1"), "g1")
    assert state.characters.available() == [heir, "A2", "A3"]
    younger = state.careers.bury(claim(state, name="A2"), "g1")
    assert state.characters.available() == [heir, younger, "A3"]
    state.characters.create("A4")
    state.characters.create("A5")
    assert [one.name for one in state.characters.all(CharacterStatus.RETIRED)] == ["A4"]
    assert [claim(state).name for _ in range(2)] == [heir, younger]


def test_a_lease_that_no_seat_uses_is_not_renewed_with_the_one_of_that_seat(
    state: State, redis: Redis, settings: Settings
) -> None:
    lost, ida = (claim(state, I1, game_id=GAME, player_id=IDS[0]) for _ in range(2))  # as if the first answer was lost
    bot = binding(GAME, 0, instance="i1", character=ida)
    redis.hset(Keys(settings.key_prefix).bindings(GAME), bot.player_id, bot.model_dump_json())
    assert state.character_leases.renew("i1") == (1, [])
    assert redis.hkeys(Keys(settings.key_prefix).characters_holds("i1")) == [f"{ida.holder} {ida.name.lower()}"]
    assert state.characters.get(lost.name).held_until is not None  # until its lease is over


# -- death ------------------------------------------------------------------------------------------------------------


def test_a_character_with_more_lives_plays_on(store: Callable[..., State]) -> None:
    state = store(lives_per_character=2)
    ida = claim(state)
    assert state.careers.bury(ida, "g1") is None
    assert state.careers.bury(ida, "g1") is None
    assert (state.characters.get(ida.name).status, state.characters.get(ida.name).deaths) == (CharacterStatus.LIVING, 1)
    assert state.careers.bury(ida, "g2") is not None
    told = state.characters.statistics()
    assert (told.total_deaths, told.deaths) == (1, 2)


def test_a_dead_character_is_never_had_again(state: State) -> None:
    ida = claim(state)
    state.careers.bury(ida, "g1")
    assert state.character_leases.claim(I1._replace(name=ida.name))[0].status == "dead"
    assert state.character_leases.renew("i1") == (0, [])
    assert not note_opinion(state, ida)


def test_an_heir_remembers_the_dates_of_a_predecessor_that_was_cleaned_up(
    state: State, redis: Redis, settings: Settings
) -> None:
    ida = claim(state)
    know(redis, settings, ida.name.lower(), visited="4")
    heir = state.careers.bury(ida, "g1")
    before = state.characters.get(ida.name)
    assert state.characters.clean_up(0) == [ida.name]
    assert knows(redis, settings, ida.name.lower()) == {}
    there = state.characters.get(heir or "")
    assert there.inherited_from == ida.name
    assert (there.predecessor_created_at, there.predecessor_died_at) == (before.created_at, before.died_at)
    assert f"(heir of {ida.name}, {before.created_at:%Y-%m-%d} to" in as_text(lines([there]))
    with pytest.raises(NotFound):
        state.characters.get(ida.name)


def test_dates_go_to_no_heir_of_another(state: State) -> None:
    for name, fields in (
        ("Zoe", {"inherited_to": "Lee"}),
        ("Kit", {"inherited_to": "Lee"}),
        ("Lee", {"inherited_from": "Kit"}),
    ):
        status = CharacterStatus.LIVING if name == "Lee" else CharacterStatus.DEAD
        born = moment(len(state.characters.all()) + 1)
        state.characters.take_over(Character(name=name, status=status, created_at=born, died_at=moment(9), **fields))
    state.characters.clean_up(0)
    assert state.characters.get("Lee").predecessor_created_at == moment(2)


# -- names ------------------------------------------------------------------------------------------------------------


def test_names_are_drawn_a_hundred_times_before_one_gets_a_number(
    store: Callable[..., State], redis: Redis, settings: Settings
) -> None:
    people, horses = Names(11, NameLevel.SIMPLE).people(SPARE_NAMES), Names(11).horses(SPARE_NAMES)
    taken = [name.lower() for name in (*people[:-1], *horses[:-1])]
    redis.sadd(Keys(settings.key_prefix).characters_names, *taken)
    state = store(character_names="simple")
    first = state.characters.create()
    assert (first.name, first.horse_name) == (people[-1], horses[-1])
    assert SPARE_NAMES == 100


def test_of_names_that_are_all_taken_one_gets_a_number_that_nobody_had(
    store: Callable[..., State], redis: Redis, settings: Settings
) -> None:
    people = Names(11, NameLevel.SIMPLE).people(10_000)
    redis.sadd(Keys(settings.key_prefix).characters_names, *(name.lower() for name in people), f"{people[0].lower()} 1")
    state = store(character_names="simple")
    made = [state.characters.create().name for _ in range(3)]
    assert len(set(made)) == 3
    assert all(checked_name(name) and name[-1].isdigit() for name in made)


# -- bad input --------------------------------------------------------------------------------------------------------


def test_a_record_that_cannot_be_read_takes_no_other_with_it(state: State, redis: Redis, settings: Settings) -> None:
    imported(state, Ida=100, Kit=200)
    redis.hset(Keys(settings.key_prefix).character("ida"), "kills", "many")
    assert [one.name for one in state.characters.all()] == ["Kit"]
    with pytest.raises(NotFound):
        state.characters.get("Ida")


def test_what_is_set_aside_is_bounded_and_the_latest_stays(state: State) -> None:
    state.characters.set_aside({f"{number}_state.json": "is not JSON" for number in range(900)})
    state.characters.set_aside({f"{number}_state.json": "is larger" for number in range(800, 1100)})
    told = state.characters.quarantine()
    assert len(told) <= MOST_SET_ASIDE
    assert (told["800_state.json"], told["1099_state.json"]) == ("is larger", "is larger")
    assert "0_state.json" not in told


def test_a_name_that_is_taken_is_refused_and_nothing_is_overwritten(state: State) -> None:
    state.characters.create("Ida", "Red Flint")
    before = state.characters.get("Ida")
    for name, horse in (("ida", None), ("Kit", "red flint"), ("Red Flint", None), ("Kit", "Ida"), ("Kit", "kit")):
        with pytest.raises(Conflict, match="is taken"):
            state.characters.create(name, horse)
    assert state.characters.get("Ida") == before
    assert state.characters.available() == ["Ida"]


def test_a_name_that_cannot_be_used_is_refused(state: State) -> None:
    for name in ("shared", "x" * (MAX_LENGTH + 1), "a/b", "Id\u200ba", "Id\u0430"):
        with pytest.raises(BadRequest, match="name"):
            state.characters.create(name)
        with pytest.raises(BadRequest, match="name"):
            state.characters.create("Kit", name)
    assert state.characters.all() == []


def test_another_mode_is_refused_before_anything_is_written(store: Callable[..., State]) -> None:
    ida = claim(store(characters="independent"))
    other = store(characters="shared")
    kit = Character(name="Kit", created_at=moment(1))
    for attempt in (
        lambda: other.character_leases.claim(I1),
        lambda: other.characters.create("Kit"),
        lambda: other.characters.take_over(kit),
        lambda: other.careers.bury(ida, "g1"),
    ):
        with pytest.raises(BadSetting, match=r"COWBOY_CHARACTERS=shared: .* 'independent'"):
            attempt()
    assert [one.name for one in other.characters.all()] == [ida.name]


def test_a_negative_number_of_dead_is_refused(state: State) -> None:
    with pytest.raises(BadRequest, match="keep=-1"):
        state.characters.clean_up(-1)


def test_a_forged_fence_or_token_is_refused(state: State) -> None:
    ida = claim(state)
    for forged in (ida.model_copy(update={"fence": 99}), ida.model_copy(update={"token": "0" * 32})):
        assert not note_opinion(state, forged)
        with pytest.raises(Conflict):
            state.careers.bury(forged, "g1")
        assert state.character_leases.release(forged) == []
    assert state.characters.get(ida.name).kills == 0


def test_one_that_sits_on_a_seat_does_not_retire(state: State) -> None:
    ida = claim(state)
    with pytest.raises(Conflict, match="sits on a seat"):
        state.characters.retire(ida.name)
    state.character_leases.release(ida)
    assert (
        state.characters.retire(ida.name).status == state.characters.retire(ida.name).status == CharacterStatus.RETIRED
    )
    assert state.character_leases.claim(I1._replace(name=ida.name))[0].status == "retired"
    with pytest.raises(NotFound):
        state.characters.retire("Nobody")
