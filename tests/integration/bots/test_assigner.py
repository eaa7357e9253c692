"""Assignments: seats get their bots whole or not at all, and a repeated call changes nothing."""

from collections.abc import Iterator

import pytest

from cowboy.bots.assigner import AssignmentOptions
from cowboy.bots.services import Services
from cowboy.bus.topics import TopicNames
from cowboy.errors import BadRequest, Conflict, NotFound, WorldError
from cowboy.game.words import PlayerName
from cowboy.state.bindings import BindingStatus, Pause
from tests.integration.bots.ward import Ward
from tests.pupils import pupils
from tests.tables import IDS, game
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


A, B, C, D = IDS
NONE = AssignmentOptions()


@pytest.fixture(autouse=True)
def taught(ward: Ward) -> Iterator[None]:
    """The game manager knows g1, and lessons are learned."""
    ward.manager.know(game("g1"))
    with pupils(ward.settings, "i1", "i2"):
        yield


def test_by_default_the_first_seat_is_a_persons_and_the_others_are_taught_bots(ward: Ward, services: Services) -> None:
    made = services.assigner.assign_default("g1", NONE)
    assert [human.player_id for human in made.game.humans] == [A]
    assert [(bot.player_id, bot.status) for bot in made.bots] == [(one, BindingStatus.READY) for one in (B, C, D)]
    assert sum(ward.instances.loads().values()) == 3
    assert services.assigner.show("g1").bots == made.bots


@pytest.mark.broker("tansu")
def test_resting_bridges_are_told_of_an_assigned_game(ward: Ward, services: Services) -> None:
    with ward.redis.pubsub() as ear:
        ear.subscribe(ward.keys.bell)
        wait_for(lambda: ear.get_message(timeout=1))
        services.assigner.assign_default("g1", NONE)
        topic = TopicNames.of(ward.settings).output_of("g1")
        wait_for(lambda: (ear.get_message(timeout=1) or {}).get("data") == topic)


def test_a_repeated_assignment_keeps_its_bots_and_another_one_replaces_it(ward: Ward, services: Services) -> None:
    first = services.assigner.assign("g1", [A], [B, C], NONE)
    assert services.assigner.assign("g1", [A], [B, C], NONE).bots == first.bots
    second = services.assigner.assign("g1", [A, C], [B, D], NONE)
    assert [bot.player_id for bot in second.bots] == [B, D]
    assert second.bots[0] == first.bots[0]
    assert [bot.player_id for bot in ward.games.stopped("g1")] == [C]
    anew = services.assigner.assign("g1", [A], [B], AssignmentOptions(force_recreate=True))
    assert anew.bots[0].bot_id == first.bots[0].bot_id
    assert anew.bots[0].lesson > first.bots[0].lesson


def test_without_an_instance_nothing_of_the_assignment_remains(ward: Ward, services: Services) -> None:
    ward.die("i1")
    ward.die("i2")
    with pytest.raises(WorldError, match="no live worker instance"):
        services.assigner.assign_default("g1", NONE)
    assert (ward.bindings.of_game("g1"), ward.instances.loads()) == ({}, {})
    with pytest.raises(NotFound):
        services.assigner.show("g1")


def test_what_fails_while_bots_are_taught_is_undone(
    ward: Ward, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise WorldError("the queue is away")

    monkeypatch.setattr(services.onboarding, "teach", fail)
    with pytest.raises(WorldError, match="the queue is away"):
        services.assigner.assign_default("g1", NONE)
    assert (ward.bindings.of_game("g1"), ward.instances.loads(), ward.games.live()) == ({}, {}, set())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (AssignmentOptions(brains={PlayerName.B: "genius"}), "brain of seat B"),
        (AssignmentOptions(profiles={PlayerName.B: "saloon"}), "profile of seat B"),
    ],
)
def test_options_that_name_what_is_not_there_are_refused_before_anything_is_done(
    ward: Ward, services: Services, options: AssignmentOptions, reason: str
) -> None:
    with pytest.raises(BadRequest, match=reason):
        services.assigner.assign("g1", [A], [B], options)
    assert ward.instances.loads() == {}


def test_players_of_another_game_and_seats_named_twice_are_refused(services: Services) -> None:
    with pytest.raises(BadRequest, match="must not overlap"):
        services.assigner.assign("g1", [A], [A, B], NONE)
    with pytest.raises(BadRequest, match="does not belong to game"):
        services.assigner.assign("g1", [], ["stranger"], NONE)
    with pytest.raises(NotFound, match="g9"):
        services.assigner.assign_default("g9", NONE)


def test_a_bots_id_is_its_own(services: Services) -> None:
    services.assigner.assign("g1", [], [A], AssignmentOptions(bot_ids={A: "mine"}))
    with pytest.raises(Conflict, match="bot mine already exists"):
        services.assigner.assign("g1", [], [A, B], AssignmentOptions(bot_ids={B: "mine"}))


def test_one_seat_is_bound_and_the_others_stay(services: Services) -> None:
    services.assigner.assign("g1", [A], [B], NONE)
    bound = services.assigner.bind("g1", C, NONE)
    assert (bound.player_id, bound.status) == (C, BindingStatus.READY)
    shown = services.assigner.show("g1")
    assert ([bot.player_id for bot in shown.bots], [one.player_id for one in shown.game.humans]) == ([B, C], [A])
    with pytest.raises(BadRequest, match="bot_id is required"):
        services.assigner.bind("g1", D, NONE, create_if_missing=False)


def test_a_bot_that_is_created_is_not_taught_and_sits_alone_on_its_seat(services: Services) -> None:
    made = services.assigner.create("g1", B, PlayerName.B, NONE)
    assert made.status == BindingStatus.CREATED
    with pytest.raises(Conflict, match="has a bot already"):
        services.assigner.create("g1", B, PlayerName.B, NONE)
    with pytest.raises(BadRequest, match="sits on seat C"):
        services.assigner.create("g1", C, PlayerName.D, NONE)


def test_only_a_game_that_never_had_an_assignment_gets_one_unasked(services: Services) -> None:
    assert services.assigner.assign_if_unknown("g1") is not None
    assert services.assigner.assign_if_unknown("g1") is None
    assert services.assigner.stop("g1", "enough") == 3
    assert services.assigner.assign_if_unknown("g1") is None


def test_a_bot_that_joins_a_paused_game_is_paused_too(services: Services) -> None:
    services.assigner.assign("g1", [A], [B], NONE)
    services.pauser.pause([("g1", B)], Pause.GAME)
    assert services.assigner.bind("g1", C, NONE).pauses == (Pause.GAME,)


def test_people_alone_need_no_instance(ward: Ward, services: Services) -> None:
    services.assigner.assign("g1", [A], [B], NONE)
    ward.die("i1")
    ward.die("i2")
    assert services.assigner.assign("g1", [A, B], [], NONE).bots == []
    assert ward.bindings.of_game("g1") == {}
