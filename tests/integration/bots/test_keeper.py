"""The keeper: what no event tells is seen to, with a real Redis and broker, and a game manager of the test."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from cowboy.bots.keeper import FORGOTTEN_AFTER, Keeper
from cowboy.bots.mover import Mover
from cowboy.bots.onboarding import Onboarding
from cowboy.bots.services import Services
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.topics import TopicNames
from cowboy.celery.registration import INCARNATION
from cowboy.errors import BusError, StateError
from cowboy.game.wire.lesson import Lesson
from cowboy.game.words import GameStatus, PlayerName
from cowboy.models.profiles import Profiles
from cowboy.state.bindings import Binding, Bindings, BindingStatus, Pause
from cowboy.state.instances import Cordon, Instances
from cowboy.state.presence import keepers
from cowboy.state.queues import Queues
from cowboy.state.state import State
from cowboy.state.tables import Tables, Update
from tests.integration.bots.ward import Ward
from tests.pupils import pupils
from tests.queues import messages
from tests.tables import IDS, game, table
from tests.threads import working
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

READY, TEACHING, FAILED = BindingStatus.READY, BindingStatus.TEACHING, BindingStatus.FAILED


@pytest.fixture
def patient(ward: Ward) -> None:
    """A lesson waits for a machine that is busy."""
    ward.settings = ward.settings.model_copy(update={"teach_timeout_seconds": 60})


def keeping(ward: Ward, *, keepers: int = 1) -> AbstractContextManager[None]:
    """With so many keepers at work."""
    return working(*(Keeper(State.of(ward.settings), f"k{number}", Profiles()) for number in range(keepers)))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("keepers", [1, 3])
def test_the_bots_of_a_dead_instance_are_taught_on_another(ward: Ward, keepers: int) -> None:
    ward.seat("g1", 0, 1, 2)
    ward.die("i1")
    with pupils(ward.settings, "i2"), keeping(ward, keepers=keepers):
        wait_for(
            lambda: all(ward.bot("g1", seat).status == READY for seat in range(3)) and not ward.instances.hosted("i1")
        )
    assert {ward.bot("g1", seat).instance for seat in range(3)} == {"i2"}
    assert ward.instances.loads() == {"i2": 3}


def test_the_open_turn_of_a_bot_that_moved_is_queued_where_it_is(ward: Ward) -> None:
    ward.seat("g1", 0)
    deadline = game("g1").created_at.replace(year=2999)
    Tables(ward.redis, ward.keys, 20, patience_seconds=2, rescue_seconds=1).store([Update(table("g1"), deadline, ())])
    ward.die("i1")
    with pupils(ward.settings, "i2") as others, keeping(ward):
        wait_for(lambda: others)
    # More than once, where the lesson was sent again before its acknowledgement was seen: the claim lets one out.
    assert all(turn == ["g1", IDS[0], 1] for turn in others)


def test_what_waited_for_a_dead_instance_is_dropped_with_it(ward: Ward) -> None:
    ward.seat("g1", 0)
    services = Services.of(State(ward.settings, ward.redis), Profiles())
    services.onboarding.teach(ward.bot("g1", 0))
    assert messages(ward.settings, ward.redis, "i1")
    ward.die("i1")
    with pupils(ward.settings, "i2"), keeping(ward):
        wait_for(lambda: ward.bot("g1", 0).instance == "i2")
        wait_for(lambda: not messages(ward.settings, ward.redis, "i1"))


def test_what_waits_for_an_instance_that_came_back_while_its_bots_were_moved_is_kept(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.seat("g1", 0)
    ward.die("i1")
    empty = Mover.empty

    def slowly(self: Mover, instance: str) -> int:
        moved = empty(self, instance)
        ward.beat("i1", incarnation="next")
        ward.seat("g2", 0)
        services.onboarding.teach(ward.bot("g2", 0))
        return moved

    services = Services.of(State(ward.settings, ward.redis), Profiles())
    keeper = Keeper(State.of(ward.settings), "k", Profiles())
    try:
        with monkeypatch.context() as patch:
            patch.setattr(Mover, "empty", slowly)
            keeper._tend_instances()
    finally:
        keeper.close()
    assert ward.bot("g1", 0).instance == "i2"
    assert messages(ward.settings, ward.redis, "i1")


def test_a_game_that_ends_while_its_bots_are_moved_leaves_no_place(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    ward.seat("g1", 0)
    ward.die("i1")
    prepare = Onboarding.prepare

    def slowly(self: Onboarding, bot: Binding) -> Lesson:
        lesson = prepare(self, bot)
        ward.games.forget("g1")
        return lesson

    monkeypatch.setattr(Onboarding, "prepare", slowly)
    keeper = Keeper(State.of(ward.settings), "k", Profiles())
    try:
        keeper._tend_instances()
    finally:
        keeper.close()
    assert ward.instances.loads() == {}


@pytest.mark.usefixtures("patient")
def test_a_bot_without_any_other_place_waits_until_there_is_one(ward: Ward) -> None:
    ward.seat("g1", 0)
    ward.die("i1")
    ward.die("i2")
    with pupils(ward.settings, "i3"), keeping(ward):
        wait_for(lambda: keepers(ward.redis, ward.keys, 15).live())
        assert ward.bot("g1", 0).instance == "i1"
        ward.beat("i3")
        wait_for(lambda: ward.bot("g1", 0).instance == "i3" and ward.bot("g1", 0).status == READY)


@pytest.mark.usefixtures("patient")
def test_a_draining_instance_gives_its_bots_away_and_keeps_none(ward: Ward) -> None:
    ward.seat("g1", 0, 1, pauses=(Pause.GAME, Pause.INSTANCE))
    ward.instances.close("i1", Cordon.DRAINING)
    with pupils(ward.settings, "i2"), keeping(ward):
        wait_for(lambda: not ward.instances.hosted("i1") and ward.bot("g1", 1).status == READY)
    assert ward.bot("g1", 0).pauses == (Pause.GAME,)  # a pause of the instance does not go with the bot


def mute(ward: Ward, *names: str) -> None:
    for instance in ward.instances.live():
        if instance.name in names:
            ward.instances.beat(instance.model_copy(update={"mute": True}))


@pytest.mark.usefixtures("patient")
def test_an_instance_that_cannot_send_gives_its_bots_to_one_that_can(ward: Ward) -> None:
    ward.seat("g1", 0, 1)
    mute(ward, "i1")
    with pupils(ward.settings, "i2"), keeping(ward):
        wait_for(lambda: not ward.instances.hosted("i1") and ward.bot("g1", 1).status == READY)
    assert {ward.bot("g1", seat).instance for seat in (0, 1)} == {"i2"}


def test_the_places_of_all_bots_are_not_read_as_long_as_nothing_changes(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.seat("g1", 0, 1)
    reads: list[int] = []
    loads = Instances.loads

    def count(self: Instances) -> dict[str, int]:
        reads.append(1)
        return loads(self)

    monkeypatch.setattr(Instances, "loads", count)
    monkeypatch.setattr("cowboy.bots.keeper.PLACES_SECONDS", 1_000.0)
    keeper = Keeper(State.of(ward.settings), "k", Profiles())
    try:
        for _ in range(20):
            keeper._tend_instances()
        assert len(reads) == 1
        ward.instances.close("i1", Cordon.DRAINING)
        keeper._tend_instances()
        assert ward.instances.hosted("i1") == []
    finally:
        keeper.close()


@pytest.mark.parametrize("why", ["none can", "the broker is away for all"])
def test_bots_stay_where_they_are_when_nobody_can_send(ward: Ward, why: str) -> None:
    ward.seat("g1", 0, 1)
    mute(ward, *(("i1", "i2") if why == "none can" else ("i1",)))
    away = {"kafka_bootstrap_servers": "127.0.0.1:1"} if why != "none can" else {}
    keeper = Keeper(State.of(ward.settings.model_copy(update=away)), "k", Profiles())
    try:
        for _ in range(3):
            keeper._tend_instances()
    finally:
        keeper.close()
    assert ward.instances.loads() == {"i1": 2}
    assert {ward.bot("g1", seat).lesson for seat in (0, 1)} == {1}


@pytest.mark.usefixtures("patient")
def test_an_instance_that_came_back_has_its_bots_taught_again(ward: Ward) -> None:
    ward.seat("g1", 0, 1)
    with pupils(ward.settings, "i1"), keeping(ward):
        wait_for(lambda: ward.redis.hget(ward.keys.instance_incarnations, "i1") == INCARNATION)
        assert {ward.bot("g1", seat).lesson for seat in (0, 1)} == {1}  # what this incarnation was taught stays
        ward.beat("i1", incarnation="another")
        wait_for(lambda: all(ward.bot("g1", seat).lesson == 2 for seat in (0, 1)))
        wait_for(lambda: all(ward.bot("g1", seat).status == READY for seat in (0, 1)))


@pytest.mark.parametrize("other", ["dead", "draining", "paused"])
def test_nothing_is_tried_for_bots_that_have_nowhere_to_go(ward: Ward, other: str) -> None:
    ward.seat("g1", 0, 1, 2)
    mover = Services.of(State(ward.settings, ward.redis), Profiles()).mover
    ward.die("i1")
    if other == "dead":
        ward.die("i2")
    else:
        ward.instances.close("i2", Cordon(other))
    assert mover.empty("i1") == 0
    assert ward.manager.asked == []
    ward.beat("i2")
    ward.instances.open("i2")
    assert mover.empty("i1") == 3
    assert {ward.bot("g1", seat).instance for seat in (0, 1, 2)} == {"i2"}


def test_a_lesson_that_died_with_its_instance_is_sent_to_the_next_life_at_once(ward: Ward) -> None:
    ward.settings = ward.settings.model_copy(update={"teach_timeout_seconds": 60})
    ward.seat("g1", 0)
    keeper = Keeper(State.of(ward.settings), "k", Profiles())
    try:
        keeper._tend_instances()
        Services.of(State(ward.settings, ward.redis), Profiles()).onboarding.teach(ward.bot("g1", 0))
        Queues(ward.redis, ward.keys).drop("i1")
        keeper._tend_instances()
        assert not messages(ward.settings, ward.redis, "i1"), "this incarnation may still be learning"
        ward.beat("i1", incarnation="next")
        keeper._tend_instances()
        assert len(messages(ward.settings, ward.redis, "i1")) == 1
        keeper._tend_instances()
        assert len(messages(ward.settings, ward.redis, "i1")) == 1
    finally:
        keeper.close()
    assert (ward.bot("g1", 0).status, ward.bot("g1", 0).attempts) == (TEACHING, 1)


def test_a_lesson_that_nobody_acknowledges_is_sent_again_and_then_given_up(ward: Ward) -> None:
    ward.seat("g1", 0)
    services = Services.of(State(ward.settings, ward.redis), Profiles())
    services.onboarding.teach(ward.bot("g1", 0))
    with keeping(ward):
        wait_for(lambda: ward.bot("g1", 0).status == FAILED)
    failed = ward.bot("g1", 0)
    assert failed.attempts == ward.settings.teach_attempts
    assert "no acknowledgement from instance i1" in failed.reason
    tasks = [message["headers"]["task"] for message in messages(ward.settings, ward.redis, "i1")]
    assert len(tasks) == ward.settings.teach_attempts
    assert ward.redis.zcard(ward.keys.lessons) == 0


@pytest.mark.usefixtures("patient")
def test_a_bot_that_failed_can_be_taught_again(ward: Ward) -> None:
    ward.seat("g1", 0, status=FAILED, reason="nobody was there")
    with pupils(ward.settings, "i1"):
        Services.of(State(ward.settings, ward.redis), Profiles()).onboarding.teach(ward.bot("g1", 0))
        wait_for(lambda: ward.bot("g1", 0).status == READY)
    assert ward.bot("g1", 0).reason is None


@pytest.mark.parametrize("known", [True, False])
def test_the_bots_of_a_game_that_ended_unnoticed_are_cleared_away(ward: Ward, known: bool) -> None:
    ward.seat("over", 0, 1)
    ward.seat("on", 2)
    ward.manager.answers["over"] = game("over", status=GameStatus.FINISHED) if known else 404
    with keeping(ward):
        wait_for(lambda: ward.games.live() == {"on"})
    assert ward.instances.loads() == {"i1": 1}
    assert {bot.status for bot in ward.games.stopped("over")} == {BindingStatus.STOPPED}


def test_a_game_manager_in_trouble_ends_no_game(ward: Ward) -> None:
    ward.seat("g1", 0)
    ward.manager.answers["g1"] = 500
    with keeping(ward):
        wait_for(lambda: "g1" in ward.manager.asked)
        wait_for(lambda: ward.redis.hget(ward.keys.instance_incarnations, "i1") == INCARNATION)
    assert ward.games.live() == {"g1"}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(("status", "adopted"), [(GameStatus.RUNNING, True), (GameStatus.CREATED, False)])
def test_a_running_game_that_nobody_assigned_gets_the_default_assignment(
    ward: Ward, status: GameStatus, adopted: bool
) -> None:
    ward.manager.know(game("new", status=status))
    with TopicAdmin(ward.settings) as admin:
        admin.create([TopicNames.of(ward.settings).output_of("new")])
    with pupils(ward.settings, "i1", "i2"), keeping(ward):
        wait_for(lambda: "new" in ward.manager.asked)
        if adopted:
            wait_for(lambda: [bot.status for bot in ward.bindings.of_game("new").values()] == [READY] * 3)
    assigned = ward.games.get("new")
    assert (assigned is not None) == adopted
    if adopted:
        assert [human.player_name for human in assigned.humans] == [PlayerName.A]


@pytest.mark.parametrize("bots", [(0, 1), ()])
def test_a_running_game_whose_bots_were_stopped_gets_no_others(ward: Ward, bots: tuple[int, ...]) -> None:
    ward.seat("stopped", *bots)
    Services.of(State(ward.settings, ward.redis), Profiles()).assigner.stop("stopped", "by an operator")
    with TopicAdmin(ward.settings) as admin:
        admin.create([TopicNames.of(ward.settings).output_of(game_id) for game_id in ("stopped", "unknown")])
    ward.manager.know(game("unknown"))
    with pupils(ward.settings, "i1", "i2"), keeping(ward):
        wait_for(lambda: ward.games.live() == {"unknown"})
        wait_for(lambda: "stopped" in ward.manager.asked)
    assert ward.games.live() == {"unknown"}


@pytest.mark.parametrize("closure", list(Cordon))
def test_an_instance_that_left_for_good_is_forgotten(ward: Ward, closure: Cordon) -> None:
    ward.instances.close("i1", closure)
    ward.instances.leave("i1", INCARNATION)
    with keeping(ward):
        wait_for(lambda: keepers(ward.redis, ward.keys, 15).live())
        assert ward.instances.closed() == {"i1": closure}, "another incarnation of it may come"
        ward.redis.zincrby(ward.keys.instance_beats, -FORGOTTEN_AFTER * ward.settings.dead_after_seconds, "i1")
        wait_for(lambda: ward.instances.closed() == {})
    assert [instance.name for instance in ward.instances.live()] == ["i2"]


@pytest.mark.parametrize("closure", list(Cordon))
def test_what_an_operator_closed_stays_closed_for_its_next_life(ward: Ward, closure: Cordon) -> None:
    ward.instances.close("i1", closure)
    ward.instances.leave("i1", INCARNATION)
    ward.beat("i1", incarnation="next")
    assert ward.instances.taking_bots() == {"i2"}
    assert ward.instances.place("g1", "p1") == "i2"
    ward.instances.open("i1")
    assert ward.instances.taking_bots() == {"i1", "i2"}


def test_a_keeper_waits_out_what_is_outside_and_says_that_it_lives_until_it_stops(ward: Ward) -> None:
    keeper = Keeper(State.of(ward.settings), "k", Profiles())
    beat, troubles = keeper._presence.beat, [StateError("away"), BusError("away")]

    def beat_in_the_end(name: str) -> None:
        if troubles:
            raise troubles.pop()
        beat(name)

    keeper._presence.beat = beat_in_the_end
    keeper._settings = ward.settings.model_copy(update={"heartbeat_seconds": 0.05})
    with working(keeper):
        wait_for(lambda: keepers(ward.redis, ward.keys, 15).live() == ["k"])
    assert keepers(ward.redis, ward.keys, 15).live() == []


def test_who_waits_for_bots_is_woken_when_they_are_ready(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cowboy.bots.onboarding.LONGEST_WAIT_SECONDS", 1_000.0)
    ward.seat("g1", 0, status=TEACHING)
    reads: list[str] = []
    of_games = Bindings.of_games

    def count(self: Bindings, game_ids: list[str]) -> dict[str, dict[str, Binding]]:
        found = of_games(self, game_ids)
        reads.extend(game_ids)
        return found

    settings = ward.settings.model_copy(update={"assignment_wait_seconds": 1_000.0})
    onboarding = Services.of(State(settings, ward.redis), Profiles()).onboarding
    player = ward.bot("g1", 0).player_id
    monkeypatch.setattr(Bindings, "of_games", count)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(onboarding.wait, "g1", [player])
        wait_for(lambda: reads)
        ward.bindings.change("g1", player, lambda present: present.moved_to(READY))
        assert waiting.result(30)[player].status == READY
    assert len(reads) == 2
