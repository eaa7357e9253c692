"""Listeners hear of the five moments from the real parts, at least once, and cost nothing whatever they do."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from consumers.bridge import Bridge
from cowboy.bots.ending import Ending
from cowboy.bots.learner import Learner
from cowboy.bots.services import Services
from cowboy.bus.producer import Producer
from cowboy.errors import BadPlugin
from cowboy.game.board import new_state
from cowboy.game.guide import lesson_for
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.objects import PlayerIdentity
from cowboy.game.words import CommandType, Direction
from cowboy.models.profiles import Profiles
from cowboy.settings import Settings
from cowboy.state.bindings import BindingStatus
from cowboy.state.client import Call, Redis
from cowboy.state.instances import Instance
from cowboy.state.listeners import Listener, Listeners
from cowboy.state.moments import BotReady, EventStored, GameAssigned, GameEnded, Moment, TurnPlayed
from cowboy.state.state import State
from cowboy.turns.player import TurnPlayer
from tests.game_manager import game_manager_server
from tests.integration.consumers.rig import D, Rig
from tests.integration.turns.desk import ME, Desk
from tests.queues import celery_on
from tests.tables import game, history, started, step, table
from tests.threads import working

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[3] / "examples"
HERE = "tests.integration.state.test_listeners"

heard: list[Moment] = []


class Recorder(Listener):
    """Writes down what it hears, and has it counted in Redis as well."""

    def _hear(self, moments: Sequence[Moment]) -> Iterable[Call]:
        heard.extend(moments)
        count = self.state.redis.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
        return [Call(count, [f"{self.state.keys.prefix}heard"], [len(moments)])]

    games_assigned = bots_ready = events_stored = turns_played = games_ended = _hear


class Raising(Listener):
    """Has a bug."""

    def _hear(self, moments: Sequence[Moment]) -> Iterable[Call]:
        raise KeyError("a secret")

    games_assigned = bots_ready = events_stored = turns_played = games_ended = _hear


class Talking(Listener):
    """Wants nonsense to be sent."""

    def _hear(self, moments: Sequence[Moment]) -> Iterable[Call]:
        return [None]  # type: ignore[list-item]

    games_assigned = bots_ready = events_stored = turns_played = games_ended = _hear


class Breaking(Listener):
    """Its script fails in Redis."""

    def _hear(self, moments: Sequence[Moment]) -> Iterable[Call]:
        return [Call(self.state.redis.register_script("return redis.call('NONSENSE')"), [], [])]

    games_assigned = bots_ready = events_stored = turns_played = games_ended = _hear


@pytest.fixture(autouse=True)
def nothing_heard() -> None:
    heard.clear()


def with_listeners(settings: Settings, *names: str) -> Settings:
    return settings.model_copy(
        update={"listeners": ",".join(name if ":" in name else f"{HERE}:{name}" for name in names)}
    )


@pytest.fixture(params=[("Recorder",), ("Raising", "Talking", "Breaking", "Recorder")], ids=["alone", "among bad ones"])
def state(request: pytest.FixtureRequest, settings: Settings, redis: Redis) -> Iterator[State]:
    with celery_on(settings):
        yield State(with_listeners(settings, *request.param), redis)


def told(state: State) -> int:
    """How often the recorder's calls have reached Redis."""
    return int(state.redis.get(f"{state.keys.prefix}heard") or 0)


def test_events_are_told_after_they_were_stored_and_turns_are_queued_all_the_same(state: State, redis: Redis) -> None:
    events = history("g1", 3)
    with Producer(state.settings) as producer:
        rig = Rig(state.settings, redis, producer)
        rig.begin("g1")
        with working(Bridge(state, "b")):
            rig.read_up_to("g1", rig.send("g1", *events))
    assert [moment.event for moment in heard if isinstance(moment, EventStored)] == events
    assert told(state) == len(events)
    assert rig.queued()[-1] == ("g1", D, 4)
    assert len(state.listeners.failures) == state.settings.listeners.count(",")


def test_an_event_that_is_read_again_is_told_again_under_the_same_identity(state: State, redis: Redis) -> None:
    events = history("g1", 2)
    with Producer(state.settings) as producer:
        rig = Rig(state.settings, redis, producer)
        rig.begin("g1")
        for _ in range(2):
            with working(Bridge(state, "b")):
                rig.read_up_to("g1", rig.send("g1", *events))
    identities = [moment.identity for moment in heard]
    assert len(identities) == 2 * len(events)
    assert len(set(identities)) == len(events)


def test_a_bridge_that_lost_its_lease_tells_nothing_of_what_it_read(state: State, redis: Redis) -> None:
    with Producer(state.settings) as producer:
        rig = Rig(state.settings, redis, producer)
        rig.begin("g1", "g2")
        with working(Bridge(state, "b")):
            rig.read_up_to("g1", rig.send("g1", *history("g1", 1)))
            rig.games.forget("g1")  # with the game goes its lease
            rig.send("g1", *history("g1", 2)[2:])
            rig.read_up_to("g2", rig.send("g2", *history("g2", 1)))
    assert [moment.event.game_id for moment in heard if isinstance(moment, EventStored)] == ["g1", "g1", "g2", "g2"]


def test_a_played_turn_is_told_with_its_record(state: State, redis: Redis) -> None:
    desk = Desk(state.settings, redis)
    turn = desk.open_turn("g1")
    player = TurnPlayer(state)
    assert player.play(turn) == "ok"
    player.close()
    (moment,) = heard
    assert isinstance(moment, TurnPlayed)
    assert (moment.note.turn, moment.note.record) == (turn, desk.records("g1")[0])
    assert told(state) == 1


def test_a_bot_that_becomes_ready_is_told(state: State, redis: Redis) -> None:
    desk = Desk(state.settings, redis)
    desk.open_turn("g1", status=BindingStatus.TEACHING, lesson=3)
    me = table("g1").state.players[0]
    lesson = lesson_for(table("g1"), 60, PlayerIdentity(player_name=me.player_name, player_id=ME), "v1")
    assert Learner(state).teach("g1", ME, 3, lesson.model_dump_json()) == "ready"
    (moment,) = heard
    assert isinstance(moment, BotReady)
    assert (moment.bot.player_id, moment.bot.status) == (ME, BindingStatus.READY)
    assert told(state) == 1


def test_the_end_of_a_game_is_told_with_the_bots_that_sat_in_it(state: State, redis: Redis) -> None:
    Desk(state.settings, redis).open_turn("g1")
    assert Ending(state).end("g1", "over") == 2
    (moment,) = heard
    assert isinstance(moment, GameEnded)
    assert (moment.game_id, len(moment.bots), moment.reason) == ("g1", 2, "over")
    assert state.games.live() == set()
    assert told(state) == 1


def test_an_assigned_game_is_told_with_its_bots(state: State, redis: Redis) -> None:
    with game_manager_server() as backend:
        backend.know(game("g1"))
        settings = state.settings.model_copy(update={"game_manager_base_url": backend.base_url})
        told_of = State(settings, redis)
        told_of.instances.beat(Instance(name="i1", capacity=4, pool="threads", concurrency=4, pid=1))
        Services.of(told_of, Profiles()).assigner.assign_if_unknown("g1")
    moment = heard[0]
    assert isinstance(moment, GameAssigned)
    assert (moment.game.game_id, len(moment.bots)) == ("g1", 3)


@pytest.mark.parametrize("name", ["no_module:Shots", f"{HERE}:Nobody", f"{HERE}:Rig"])
def test_a_listener_that_cannot_be_had_is_refused_by_name(settings: Settings, redis: Redis, name: str) -> None:
    with pytest.raises(BadPlugin, match=f"listener {name}"):
        Listeners.of(State(with_listeners(settings, name), redis))


def test_a_failure_is_logged_without_its_text_and_counted(settings: Settings, redis: Redis) -> None:
    listeners = Listeners([Raising(State(settings, redis))])
    ended = GameEnded("g1", (), None)
    with capture_logs() as logs:
        for _ in range(3):
            assert listeners.games_ended(ended) == []
    (line,) = logs
    assert (line["event"], line["listener"]) == ("listener_failed", "Raising")
    assert "a secret" not in str(line)
    assert listeners.failures.total() == 3


def test_the_example_counts_each_shot_once(settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    _, shot = step("g1", new_state(default_grid(), 4), Action(CommandType.SHOOT, Direction.DOWN))
    state = State(with_listeners(settings, "own_listener:Shots"), redis)
    with celery_on(settings), Producer(settings) as producer:
        rig = Rig(settings, redis, producer)
        rig.begin("g1")
        for _ in range(2):
            with working(Bridge(state, "b")):
                rig.read_up_to("g1", rig.send("g1", started("g1"), shot))
    assert shot.command is not None
    assert redis.hgetall(f"{settings.key_prefix}shots:g1") == {shot.command.player_id: "1"}
