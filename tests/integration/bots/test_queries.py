"""Queries: what people are shown of bots, instances and games."""

import pytest

from cowboy.bots.services import Services
from cowboy.errors import NotFound
from cowboy.game.words import GameStatus
from cowboy.state.instances import Cordon
from tests.integration.bots.ward import Ward

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]


def test_bots_are_listed_by_game_and_seat(ward: Ward, services: Services) -> None:
    ward.seat("g2", 0, bot_id="of g2")
    ward.seat("g1", 1, 0)
    listed = [(bot.game_id, bot.player_name) for bot in services.queries.bots()]
    assert listed == [("g1", "A"), ("g1", "B"), ("g2", "A")]
    assert [bot.bot_id for bot in services.queries.bots("g2")] == ["of g2"]
    assert [bot.player_name for bot in services.queries.bots("g1", lambda bot: bot.bot_id == "bot-1")] == ["B"]
    assert services.queries.bot("of g2").game_id == "g2"


def test_an_instance_is_listed_as_long_as_it_lives_holds_bots_or_is_closed(ward: Ward, services: Services) -> None:
    ward.seat("g1", 0)
    ward.die("i1")
    ward.instances.close("i3", Cordon.PAUSED)
    services.onboarding.teach(ward.bot("g1", 0))
    seen = [(one.name, one.live, one.closure, one.bots, one.waiting) for one in services.queries.instances()]
    assert seen == [("i1", False, None, 1, 1), ("i2", True, None, 0, 0), ("i3", False, Cordon.PAUSED, 0, 0)]
    assert services.queries.instance("i3").about is None


def test_a_game_is_shown_while_it_is_assigned_and_after_that_with_its_stopped_bots(
    ward: Ward, services: Services
) -> None:
    ward.seat("g1", 0)
    before = services.queries.game("g1")
    assert (before.state, len(before.bots), before.turn) == (GameStatus.CREATED, 1, None)
    ward.open_turn("g1")
    running = services.queries.game("g1")
    assert running.turn is not None
    assert (running.state, running.turn.turn_no) == (GameStatus.RUNNING, 1)
    services.ending.end("g1")
    after = services.queries.game("g1")
    assert (after.state, after.assigned, len(after.bots), len(after.stopped)) == (GameStatus.FINISHED, None, 0, 1)
    assert services.queries.game_ids() == []


def test_what_is_not_there_is_said_by_name(services: Services) -> None:
    for ask in (services.queries.bot, services.queries.instance, services.queries.game):
        with pytest.raises(NotFound, match="x9"):
            ask("x9")
