"""A model of who has which character, that tries to break it: three owners, a real Redis, any order.

What a machine can do to an owner is played by hand: a pause longer than a lease (the lease is over when it goes on), a
crash (it never goes on), a death that is told again, Redis that forgets its scripts.
"""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cowboy.characters.record import CharacterStatus, Rider
from cowboy.errors import Conflict
from cowboy.settings import Settings
from cowboy.state.character_leases import Wish
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.state import State
from tests.opinions import note_opinion
from tests.tables import binding

pytestmark = pytest.mark.integration

OWNERS = ("i1", "i2", "i3")
GAMES = ("g1", "g2")
TABLE = "g3"
"""The game at which those sit that have a seat, each on one that is called as it is."""

owners = st.sampled_from(OWNERS)
picks = st.integers(0, 99)


@dataclass
class Truth:
    """What has to be so of one character: whose it is, on a seat or not, and whether that one's time is over."""

    fence: int = 0
    rider: Rider | None = None
    owner: str = ""
    seated: bool = False
    lapsed: bool = False
    status: CharacterStatus = CharacterStatus.LIVING
    heir: str | None = None
    died_in: str | None = None
    opinion: str | None = None

    @property
    def is_free(self) -> bool:
        return self.status == CharacterStatus.LIVING and (self.rider is None or self.lapsed)


class CharacterMachine(RuleBasedStateMachine):
    client: Redis
    configured: Settings

    def __init__(self) -> None:
        super().__init__()
        mine = self.configured.model_copy(update={"characters": "inherit_on_death", "character_limit": 4})
        self.keys = Keys(mine.key_prefix)
        for key in self.client.scan_iter(f"{mine.key_prefix}*"):
            self.client.delete(key)
        self.state = State(mine, self.client)
        self.truth: dict[str, Truth] = {}
        self.riders: list[tuple[str, Rider]] = []

    @initialize(count=st.integers(0, 2))
    def some_are_there(self, count: int) -> None:
        for _ in range(count):
            self.truth[self.state.characters.create().name] = Truth()

    # -- what owners do ----------------------------------------------------------------------------------------------

    @rule(owner=owners)
    def somebody_claims_the_next(self, owner: str) -> None:
        free = [name for name, truth in self.truth.items() if truth.is_free]
        (claimed,) = self.state.character_leases.claim(Wish(owner))
        if not free and len([one for one in self.truth.values() if one.status == CharacterStatus.LIVING]) >= 4:
            assert claimed.status == "full"
            return
        assert claimed.rider is not None
        assert claimed.status == ("claimed" if free else "created")
        self._had(owner, claimed.rider)

    @rule(owner=owners, pick=picks, seated=st.booleans())
    def somebody_claims_a_certain_one(self, owner: str, pick: int, *, seated: bool) -> None:
        if not self.truth:
            return
        name = sorted(self.truth)[pick % len(self.truth)]
        wish = Wish(owner, TABLE, name, name) if seated else Wish(owner, name=name)
        (claimed,) = self.state.character_leases.claim(wish)
        assert (claimed.rider is not None) == self.truth[name].is_free, claimed.status
        if claimed.rider is not None:
            self._had(owner, claimed.rider, seated=seated)

    def _had(self, owner: str, rider: Rider, *, seated: bool = False) -> None:
        truth = self.truth.setdefault(rider.name, Truth())
        assert truth.is_free
        assert rider.fence == truth.fence + 1
        truth.fence, truth.rider, truth.owner, truth.lapsed, truth.seated = rider.fence, rider, owner, False, seated
        self.riders.append((owner, rider))
        if seated:
            bot = binding(TABLE, 0, player_id=rider.name, instance=owner, character=rider)
            self.client.hset(self.keys.bindings(TABLE), rider.name, bot.model_dump_json())

    @rule(pick=picks)
    def somebody_writes(self, pick: int) -> None:
        if (rider := self._rider(pick)) is None:
            return
        truth = self.truth[rider.name]
        if truth.rider == rider and not truth.lapsed:
            truth.opinion = f"thought {len(self.riders)} of {rider.fence}"
            assert note_opinion(self.state, rider, truth.opinion)
        else:
            assert not note_opinion(self.state, rider)

    @rule(owner=owners)
    def somebody_renews_what_it_has(self, owner: str) -> None:
        mine = {name: truth for name, truth in self.truth.items() if truth.owner == owner and truth.rider is not None}
        kept, lost = self.state.character_leases.renew(owner)
        over = {name: truth for name, truth in mine.items() if truth.lapsed}
        assert kept == len(mine) - sum(not truth.seated for truth in over.values())
        present = {truth.rider.holder: truth for truth in mine.values() if truth.rider}
        told = {one.holder for one in lost if one.holder in present}
        assert told == {holder for holder, truth in present.items() if truth.lapsed and not truth.seated}
        for name, truth in over.items():
            there = self.state.bindings.get(TABLE, name)
            if not truth.seated:
                truth.owner = ""
            else:
                assert there is not None
                assert there.character is not None
                assert truth.rider is not None
                assert there.character == truth.rider.model_copy(update={"fence": truth.fence + 1})
                self._had(owner, there.character, seated=True)

    @rule(pick=picks)
    def somebody_gives_one_back(self, pick: int) -> None:
        if (rider := self._rider(pick)) is None:
            return
        truth = self.truth[rider.name]
        is_its = truth.rider == rider
        assert self.state.character_leases.release(rider) == ([rider.name] if is_its else [])
        if is_its:
            truth.rider, truth.owner, truth.lapsed = None, "", False

    @rule(owner=owners)
    def somebody_gives_all_back(self, owner: str) -> None:
        mine = {name for name, truth in self.truth.items() if truth.owner == owner and truth.rider is not None}
        assert set(self.state.character_leases.release_all(owner)) == mine
        for name in mine:
            self.truth[name].rider, self.truth[name].owner, self.truth[name].lapsed = None, "", False

    @rule(pick=picks, game=st.sampled_from(GAMES))
    def somebody_tells_a_death(self, pick: int, game: str) -> None:
        if (rider := self._rider(pick)) is None:
            return
        truth = self.truth[rider.name]
        if truth.died_in == game:
            assert self.state.careers.bury(rider, game) == truth.heir
        elif truth.rider == rider:
            heir = self.state.careers.bury(rider, game)
            assert heir is not None
            assert heir not in self.truth
            self.truth[heir] = Truth()
            truth.status, truth.heir, truth.died_in = CharacterStatus.DEAD, heir, game
            truth.rider, truth.owner, truth.lapsed = None, "", False
        else:
            with pytest.raises(Conflict):
                self.state.careers.bury(rider, game)

    def _rider(self, pick: int) -> Rider | None:
        return self.riders[pick % len(self.riders)][1] if self.riders else None

    # -- what machines do --------------------------------------------------------------------------------------------

    @rule(pick=picks)
    def an_owner_sleeps_for_longer_than_its_lease(self, pick: int) -> None:
        held = sorted(name for name, truth in self.truth.items() if truth.rider is not None and not truth.lapsed)
        if held:
            name = held[pick % len(held)]
            self.client.zadd(self.keys.characters_held, {name.lower(): 1}, xx=True)
            self.truth[name].lapsed = True

    @rule()
    def redis_forgets_the_scripts(self) -> None:
        self.client.script_flush()

    # -- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def each_is_what_it_has_to_be(self) -> None:
        found = {one.name: one for one in self.state.characters.all()}
        assert found.keys() == self.truth.keys()
        for name, truth in self.truth.items():
            one = found[name]
            assert (one.status, one.fence) == (truth.status, truth.fence)
            assert [opinion.text for opinion in self.state.knowledge.opinions(name)] == list(
                filter(None, [truth.opinion])
            )
            assert (one.inherited_to, one.deaths) == (truth.heir, int(truth.heir is not None))
            assert (one.held_until is not None) == (truth.rider is not None and not truth.lapsed)

    @invariant()
    def each_is_in_one_place(self) -> None:
        keys = self.keys
        places = [keys.characters_idle, keys.characters_held, keys.characters_dead, keys.characters_retired]
        members = [name for key in places for name in self.client.zrange(key, 0, -1)]
        assert sorted(members) == sorted(name.lower() for name in self.truth)

    @invariant()
    def each_of_the_dead_has_one_heir(self) -> None:
        heirs = [truth.heir for truth in self.truth.values() if truth.heir]
        assert len(heirs) == len(set(heirs)) == self.client.zcard(self.keys.characters_dead)
        for one in self.state.characters.all():
            if one.inherited_from:
                assert self.truth[one.inherited_from].heir == one.name


def test_no_order_of_events_gives_a_character_two_owners_or_two_heirs(settings: Settings, redis: Redis) -> None:
    machine = type("Machine", (CharacterMachine,), {"client": redis, "configured": settings})
    run_state_machine_as_test(
        machine,
        settings=effort(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
