"""Endings: nothing of the game is left but what people may read of it."""

import pytest

from cowboy.bots.services import Services
from cowboy.state.bindings import BindingStatus
from tests.integration.bots.ward import Ward
from tests.queues import messages

pytestmark = pytest.mark.integration


def test_bots_leave_their_seats_and_what_waits_for_the_game_is_removed(ward: Ward, services: Services) -> None:
    for game_id in ("g1", "g10"):
        ward.seat(game_id, 0, 1)
        services.onboarding.teach_game(game_id)
    assert services.ending.end("g1", "over") == 2
    assert ward.bindings.of_game("g1") == {}
    assert ward.instances.loads() == {"i1": 2}
    assert {message["headers"]["argsrepr"][:7] for message in messages(ward.settings, ward.redis)} == {"('g10',"}
    assert {bot.status for bot in ward.games.stopped("g1")} == {BindingStatus.STOPPED}
    assert ward.games.live() == {"g10"}


def test_an_end_can_be_repeated_and_an_unknown_game_has_none(services: Services, ward: Ward) -> None:
    ward.seat("g1", 0)
    assert [services.ending.end(game_id) for game_id in ("g1", "g1", "g9")] == [1, 0, 0]
