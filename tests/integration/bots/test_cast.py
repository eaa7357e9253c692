"""Characters in games: who gets which seat, that no two seats ever have one, and how they die into heirs."""

import json
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from cowboy.bots import onboarding
from cowboy.bots.assigner import AssignmentOptions
from cowboy.bots.services import Services
from cowboy.celery.renewal import Renewal
from cowboy.characters.record import CharacterStatus
from cowboy.errors import BadRequest, CallerError, Conflict, NotFound
from cowboy.game.outcomes import ClaimStatus, DecideStatus
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import PlayerName
from cowboy.settings import Settings
from cowboy.state.bindings import Binding
from cowboy.state.character_leases import Wish
from cowboy.state.client import Redis
from cowboy.state.moments import EventStored
from cowboy.state.state import State
from cowboy.state.turns import TurnRef
from tests.game_manager import game_manager_server
from tests.integration.bots.ward import Ward
from tests.pupils import pupils
from tests.queues import celery_on
from tests.tables import IDS, a_command, game, shots
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]

A, B, C, D = IDS
ANYBODY = AssignmentOptions()
SHORT = 0.4


@pytest.fixture
def ward(settings: Settings, redis: Redis, request: pytest.FixtureRequest) -> Iterator[Ward]:
    """A ward with characters, whose lessons are learned. Leases take 30 s, or as a test's parameter says."""
    with game_manager_server() as manager:
        changes = {
            "game_manager_base_url": manager.base_url,
            "characters": "inherit_on_death",
            "character_lease_seconds": getattr(request, "param", 30),
        }
        settings = settings.model_copy(update=changes)
        with celery_on(settings), pupils(settings, "i1", "i2"):
            made = Ward(settings, redis, manager)
            made.beat("i1", "i2")
            for name in ("g1", "g2", "g3"):
                manager.know(game(name))
            yield made


@pytest.fixture
def services(ward: Ward) -> Services:
    return ward.services()


@pytest.fixture
def state(ward: Ward) -> State:
    return State(ward.settings, ward.redis)


def names(bots: list[Binding]) -> list[str]:
    return [bot.character.name if bot.character else "" for bot in bots]


def seat_all(services: Services, game_id: str, options: AssignmentOptions = ANYBODY) -> list[Binding]:
    """Bots on all four seats."""
    return services.assigner.assign(game_id, [], IDS, options).bots


def tell(state: State, *events: StepEvent) -> None:
    """As the bridge does."""
    state.send(state.listeners.events_stored(*(EventStored(event, None) for event in events)))


# -- sitting down -----------------------------------------------------------------------------------------------------


def test_each_bot_is_somebody_with_a_horse_and_is_told_so(ward: Ward, services: Services, state: State) -> None:
    bots = seat_all(services, "g1")
    assert len(set(names(bots))) == 4
    assert all(bot.character and bot.character.horse for bot in bots)
    ready = state.characters.get(names(bots)[0])
    assert (ready.games_played, ready.game_id, ready.player_id, ready.owner) == (1, "g1", A, bots[0].instance)
    lesson = services.onboarding.prepare(bots[0])
    assert lesson.character_name is None  # the character is put in where lessons are sent, also in those of callers


def test_a_lesson_says_who_the_bot_is(ward: Ward, services: Services, state: State) -> None:
    sent: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        send = onboarding.send_lesson
        patch.setattr(
            onboarding, "send_lesson", lambda bot, lesson: (sent.append(lesson.model_dump_json()), send(bot, lesson))
        )
        (bot,) = services.assigner.assign("g1", [A], [B], ANYBODY).bots
    told = json.loads(sent[0])
    assert bot.character is not None
    assert (told["character_name"], told["horse_name"]) == (bot.character.name, bot.character.horse)
    assert bot.character.token not in sent[0]


def test_two_games_at_once_share_nobody_and_afterwards_the_same_play_again(services: Services) -> None:
    first, second = seat_all(services, "g1"), seat_all(services, "g2")
    assert set(names(first)).isdisjoint(names(second))
    services.assigner.stop("g1", "over")
    assert set(names(seat_all(services, "g3"))) == set(names(first))


def test_a_repeated_assignment_keeps_its_characters_and_so_does_a_bot_that_replaces_another(
    services: Services, state: State
) -> None:
    first = names(seat_all(services, "g1"))
    assert names(seat_all(services, "g1")) == first
    assert names(seat_all(services, "g1", AssignmentOptions(force_recreate=True))) == first
    assert state.characters.statistics().total_characters == 4
    assert state.characters.statistics().games_played == 4


def test_a_bot_that_leaves_its_seat_gives_its_character_back(services: Services, state: State) -> None:
    bots = seat_all(services, "g1")
    services.assigner.assign("g1", [A, B], [C, D], ANYBODY)
    assert set(state.characters.available()) == set(names(bots[:2]))
    services.assigner.take_off(bots[2])
    assert set(state.characters.available()) == set(names(bots[:3]))


def test_seats_have_whom_they_ask_for_or_nobody(services: Services, state: State) -> None:
    state.characters.create("Ida", "Red Flint")
    wishes: dict[PlayerName, str | None] = {PlayerName.B: "ida", PlayerName.C: None}
    bots = seat_all(services, "g1", AssignmentOptions(characters=wishes))
    assert names(bots)[1:3] == ["Ida", ""]
    assert "" not in (names(bots)[0], names(bots)[3])


@pytest.mark.parametrize(
    ("wishes", "error", "says"),
    [
        ({PlayerName.A: "Nobody"}, NotFound, "whom nobody knows"),
        ({PlayerName.A: "Ida"}, Conflict, "sits on another seat"),
        ({PlayerName.A: "Kit"}, Conflict, "is retired"),
        ({PlayerName.A: "Ida", PlayerName.B: "IDA"}, BadRequest, "wanted on two seats"),
    ],
)
def test_whom_a_seat_cannot_have_is_refused_and_nothing_is_left_of_it(
    ward: Ward,
    services: Services,
    state: State,
    wishes: dict[PlayerName, str | None],
    error: type[CallerError],
    says: str,
) -> None:
    state.characters.create("Ida")
    state.characters.create("Kit")
    state.characters.retire("Kit")
    state.character_leases.claim(Wish("elsewhere", name="Ida"))
    with pytest.raises(error, match=says):
        seat_all(services, "g1", AssignmentOptions(characters=wishes))
    assert (ward.bindings.of_game("g1"), ward.instances.loads()) == ({}, {})
    assert state.characters.get("Ida").owner == "elsewhere"
    assert {one.owner for one in state.characters.all()} == {"elsewhere", None}


def test_where_no_more_may_live_a_seat_is_nobodys_and_the_game_is_played(ward: Ward, state: State) -> None:
    ward.settings = ward.settings.model_copy(update={"character_limit": 3})
    with capture_logs() as logs:
        assert names(seat_all(ward.services(), "g1")).count("") == 1
    assert [line["reason"] for line in logs if line["event"] == "seat_without_character"] == ["full"]


def test_switched_off_nobody_is_anybody_and_nothing_is_written(ward: Ward, redis: Redis) -> None:
    ward.settings = ward.settings.model_copy(update={"characters": "off"})
    services = ward.services()
    assert names(seat_all(services, "g1")) == [""] * 4
    tell(State(ward.settings, redis), *shots("g1", 0, {1: 0}))
    with pytest.raises(BadRequest, match="COWBOY_CHARACTERS is off"):
        seat_all(services, "g2", AssignmentOptions(characters={PlayerName.A: "Ida"}))
    services.assigner.stop("g1", "over")
    keys = [key.removeprefix(ward.settings.key_prefix) for key in redis.scan_iter(f"{ward.settings.key_prefix}*")]
    assert not [key for key in keys if key.startswith(("character", "deeds", "knowledge"))]


def test_in_another_mode_than_the_characters_have_seats_are_nobodys_and_nothing_is_learned(
    ward: Ward, services: Services, state: State
) -> None:
    bots = seat_all(services, "g1")
    ward.settings = ward.settings.model_copy(update={"characters": "shared"})
    other = ward.services()
    with capture_logs() as logs:
        assert names(seat_all(other, "g2")) == [""] * 4
    (line,) = (line for line in logs if line["event"] == "seats_without_characters")
    assert "COWBOY_CHARACTERS=shared" in line["reason"]
    assert "'inherit_on_death'" in line["reason"]
    with pytest.raises(Conflict, match="COWBOY_CHARACTERS=shared"):
        seat_all(other, "g3", AssignmentOptions(characters={PlayerName.A: names(bots)[0]}))
    assert ward.bindings.of_game("g3") == {}
    tell(State(ward.settings, ward.redis), *shots("g1", 0, {1: 0}))
    assert state.knowledge.of_scope("shared").facts == {}
    assert state.characters.get(names(bots)[1]).status == CharacterStatus.LIVING


# -- moving and losing ------------------------------------------------------------------------------------------------


def test_a_bot_that_moves_stays_who_it_is(ward: Ward, services: Services, state: State) -> None:
    bot = seat_all(services, "g1")[1]
    other = "i2" if bot.instance == "i1" else "i1"
    services.mover.move(bot, other)
    wait_for(lambda: state.characters.get(names([bot])[0]).owner == other)
    assert ward.bot("g1", 1).character == bot.character
    assert state.characters.get(names([bot])[0]).games_played == 1


def a_turn(ward: Ward, state: State, bot: Binding) -> TurnRef:
    ward.open_turn(bot.game_id)
    return TurnRef(bot.game_id, bot.player_id, 1)


@pytest.mark.parametrize("ward", [SHORT], indirect=True)
def test_what_a_bot_decided_as_one_that_another_seat_has_by_now_is_never_sent(
    ward: Ward, services: Services, state: State
) -> None:
    bot = seat_all(services, "g1")[0]
    assert bot.character is not None
    turn = a_turn(ward, state, bot)
    _, claim = state.turns.claim(turn, "w1")
    assert claim is not None
    # The worker sleeps for longer than the lease, and another game gets its character.
    wait_for(lambda: bot.character is not None and bot.character.name in state.characters.available())
    others = seat_all(services, "g2")
    assert bot.character.name in names(others)
    assert state.turns.decide(claim, a_command(turn)) == DecideStatus.NOT_READY
    assert state.players.get(bot).is_nobody
    # It finds out when it renews, and plays on without a name.
    Renewal(state, ["i1", "i2"]).renew()
    assert ward.bot("g1", 0).character is None
    assert ward.bot("g2", names(others).index(bot.character.name)).character is not None
    status, _ = state.turns.claim(turn, "w2")
    assert status == ClaimStatus.HELD  # as any turn: a keeper plays it, or the next worker when the lease is over


@pytest.mark.parametrize("ward", [SHORT], indirect=True)
def test_an_instance_that_wakes_up_before_anybody_came_has_lost_nothing(
    ward: Ward, services: Services, state: State
) -> None:
    bots = seat_all(services, "g1")
    wait_for(lambda: len(state.characters.available()) == 4)
    Renewal(state, ["i1", "i2"]).renew()
    assert state.characters.available() == []
    had = bots[0].character
    assert had is not None
    assert ward.bot("g1", 0).character == had.model_copy(update={"fence": had.fence + 1})


# -- deeds and death --------------------------------------------------------------------------------------------------


def test_kills_and_wins_are_counted_once_however_often_they_are_told(services: Services, state: State) -> None:
    bots = seat_all(services, "g1")
    events = shots("g1", 0, {1: 0, 2: 0, 3: 0})
    tell(state, *events)
    tell(state, *events)
    winner = state.characters.get(names(bots)[0])
    assert (winner.kills, winner.damage, winner.wins, winner.best_kills) == (3, 30, 1, 3)
    assert [state.characters.get(name).deaths for name in names(bots)] == [0, 1, 1, 1]
    told = state.characters.statistics()
    assert (told.total_deaths, told.wins, told.kills, told.total_characters) == (3, 1, 3, 7)


def test_the_heir_sits_down_in_the_next_game(services: Services, state: State) -> None:
    bots = seat_all(services, "g1")
    tell(state, *shots("g1", 0, {1: 0}))
    dead = state.characters.get(names(bots)[1])
    assert dead.status == CharacterStatus.DEAD
    assert dead.inherited_to in names(seat_all(services, "g2"))
    services.assigner.stop("g1", "over")
    assert dead.name not in names(seat_all(services, "g3"))
    assert state.characters.get(dead.name).owner is None


def test_what_persons_do_is_counted_for_nobody(services: Services, state: State) -> None:
    services.assigner.assign("g1", [A], [B, C, D], ANYBODY)
    tell(state, *shots("g1", 0, {1: 0}))
    assert state.characters.statistics().kills == 0
    assert state.characters.statistics().total_deaths == 1


def test_of_a_game_among_plain_bots_and_people_nothing_is_kept_though_others_play_elsewhere(
    ward: Ward, services: Services, state: State
) -> None:
    seat_all(services, "g1")
    seat_all(services, "g2", AssignmentOptions(characters=dict.fromkeys(PlayerName)))
    tell(state, *shots("g2", 0, {1: 0}))
    assert not ward.redis.exists(ward.keys.deeds("g2"))
    assert ward.redis.hget(ward.keys.watch("g2"), "turn_no") == "1"  # the map, for a character that sits down later
    assert state.characters.statistics().total_deaths == 0


def test_events_of_a_game_that_is_over_change_nothing(ward: Ward, services: Services, state: State) -> None:
    bots = seat_all(services, "g1")
    services.assigner.stop("g1", "over")
    tell(state, *shots("g1", 0, {1: 0}))
    assert state.characters.get(names(bots)[1]).status == CharacterStatus.LIVING
    assert not ward.redis.exists(ward.keys.deeds("g1"))
