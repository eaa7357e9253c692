"""Moves: the bot is taught on its new instance, and its place goes with it."""

import pytest

from cowboy.bots.services import Services
from cowboy.errors import Conflict
from cowboy.state.bindings import BindingStatus, Pause
from cowboy.state.instances import Cordon
from tests.integration.bots.ward import Ward
from tests.queues import messages

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]


def test_a_moved_bot_is_taught_where_it_is_now(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    moved = services.mover.move(ward.bot("g1", 0))
    assert (moved.instance, moved.status, moved.lesson) == ("i2", BindingStatus.TEACHING, 2)
    assert ward.instances.loads() == {"i2": 1}
    assert (len(messages(ward.settings, ward.redis, "i1")), len(messages(ward.settings, ward.redis, "i2"))) == (0, 1)


def test_a_bot_stays_where_it_is_wanted(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    present = ward.bot("g1", 0)
    assert services.mover.move(present, to="i1") == present
    assert ward.bot("g1", 0) == present


@pytest.mark.parametrize(("to", "reason"), [("i9", "i9 is not live"), (None, "no live and open one but i1")])
def test_without_a_place_the_bot_stays_and_the_reason_is_told(
    ward: Ward, services: Services, to: str | None, reason: str
) -> None:
    ward.seat("g1", 0)
    ward.die("i2")
    with pytest.raises(Conflict, match=reason):
        services.mover.move(ward.bot("g1", 0), to=to)
    assert (ward.bot("g1", 0).status, ward.instances.loads()) == (BindingStatus.READY, {"i1": 1})


def test_a_bot_that_is_on_no_seat_any_more_gets_no_place(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    gone = ward.bot("g1", 0)
    services.assigner.take_off(gone)
    with pytest.raises(Conflict, match="stopped meanwhile"):
        services.mover.move(gone)
    assert ward.instances.loads() == {}


def test_who_is_slower_than_another_mover_takes_over_what_that_did(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    before = ward.bot("g1", 0)
    first = services.mover.move(before)
    assert services.mover.move(before) == first
    assert ward.instances.loads() == {"i2": 1}


def test_a_drained_instance_loses_all_bots_and_takes_no_others(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0, 1, 2, pauses=(Pause.INSTANCE, Pause.BOT))
    assert services.mover.drain("i1") == 3
    assert (ward.instances.closed(), ward.instances.loads()) == ({"i1": Cordon.DRAINING}, {"i2": 3})
    # The pause was of the instance that they left; the bots' own stays.
    assert {ward.bot("g1", seat).pauses for seat in range(3)} == {(Pause.BOT,)}


def test_nothing_moves_off_the_only_instance(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    ward.die("i2")
    assert services.mover.drain("i1") == 0
    assert ward.bot("g1", 0).instance == "i1"
