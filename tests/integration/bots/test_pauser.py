"""Pauses: a bot acts again when each of its pauses is resumed, and then at once."""

import pytest

from cowboy.bots.services import Services
from cowboy.state.bindings import Pause
from cowboy.state.instances import Cordon
from tests.integration.bots.ward import Ward
from tests.queues import waiting_turns
from tests.tables import IDS

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]


SEAT = ("g1", IDS[0])


def test_a_bot_that_two_have_paused_acts_when_both_have_resumed_it(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    ward.open_turn("g1")
    services.pauser.pause([SEAT], Pause.BOT)
    (bot,) = services.pauser.pause([SEAT], Pause.GAME)
    assert bot.pauses == (Pause.BOT, Pause.GAME)
    (bot,) = services.pauser.resume([SEAT], Pause.BOT)
    assert bot.pauses == (Pause.GAME,)
    assert waiting_turns(ward.settings, ward.redis) == []
    services.pauser.resume([SEAT], Pause.GAME)
    assert waiting_turns(ward.settings, ward.redis) == [(*SEAT, 1)]


def test_a_pause_can_be_repeated_and_a_seat_without_a_bot_is_left_out(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    for _ in range(2):
        (bot,) = services.pauser.pause([SEAT, ("g1", IDS[1])], Pause.BOT)
        assert bot.pauses == (Pause.BOT,)


def test_an_instance_is_paused_with_its_bots_and_takes_no_others_until_it_is_resumed(
    ward: Ward, services: Services
) -> None:
    ward.seat("g1", 0, 1)
    assert [bot.pauses for bot in services.pauser.pause_instance("i1")] == [(Pause.INSTANCE,)] * 2
    assert ward.instances.closed() == {"i1": Cordon.PAUSED}
    assert ward.instances.place("g2", IDS[0]) == "i2"
    assert [bot.pauses for bot in services.pauser.resume_instance("i1")] == [()] * 2
    assert ward.instances.closed() == {}
