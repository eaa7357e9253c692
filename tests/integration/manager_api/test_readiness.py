"""`/health/ready` tells the truth about each part, in time, and no names to strangers."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cowboy.arena.outbox import Entry
from cowboy.local.doctor import population
from cowboy.local.ports import free_binds
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings
from cowboy.state.bindings import BindingStatus
from cowboy.state.client import Redis, connect
from cowboy.state.games import AssignedGame, Games
from cowboy.state.instances import Cordon, Instances
from cowboy.state.keys import Keys
from cowboy.state.lessons import Lessons
from cowboy.state.presence import STAND_IN, bridges, keepers
from cowboy.state.processes import Processes, ProcessSheet
from cowboy.state.state import State
from manager_api.app import create_app
from tests.game_manager import GameManagerServer
from tests.tables import binding, history
from tests.troubles import Trouble, said
from tests.troubles import troubles as troubles_of_redis

pytestmark = pytest.mark.integration

READY = "/health/ready"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TOKEN = "a-token-of-24-characters"
PARTS = ["redis", "broker", "game_manager", "instances", "bridge", "keeper", "processes", "outbox", "bots", "lessons"]
PARTS += ["characters"]


@pytest.fixture
def whole(settings: Settings, redis: Redis, instances: Instances) -> Settings:
    """Settings of an installation in which everything is as it should be."""
    settings = settings.model_copy(update={"bridge_lease_seconds": 60.0})  # nobody beats again here
    keys = Keys(settings.key_prefix)
    bridges(redis, keys, settings.bridge_lease_seconds).beat("b1")
    keepers(redis, keys, settings.dead_after_seconds).beat("k1")
    return settings


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where somebody listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def ask(settings: Settings, **headers: str) -> tuple[int, dict[str, object]]:
    answer = create_app(settings).test_client().get(READY, headers=headers)
    return answer.status_code, answer.json


def troubles(report: dict[str, object]) -> dict[str, str]:
    """Part → why it is not as it should be."""
    return {name: check["why"] for name, check in report["checks"].items() if not check["ok"]}


def test_everything_as_it_should_be_is_ready(whole: Settings) -> None:
    status, report = ask(whole)
    assert (status, report["ready"], report["degraded"], troubles(report)) == (200, True, False, {})
    assert list(report["checks"]) == PARTS
    assert all(check == {"ok": True, "why": None, "since": None} for check in report["checks"].values())


def test_the_process_is_alive_whatever_happens_to_others(whole: Settings) -> None:
    api = create_app(whole.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})).test_client()
    answer = api.get("/health/live")
    assert (answer.status_code, answer.json) == (200, {"ok": True, "service": "bot-manager-service"})


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("broker", {"kafka_bootstrap_servers": "127.0.0.1:1"}),
        ("broker", {"kafka_bootstrap_servers": "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3"}),
        ("game_manager", {"game_manager_base_url": "http://127.0.0.1:1"}),
    ],
)
def test_an_outsider_that_is_gone_means_degraded(whole: Settings, part: str, change: dict[str, str]) -> None:
    status, report = ask(whole.model_copy(update=change))
    assert (status, report["ready"], report["degraded"]) == (200, True, True)
    assert list(troubles(report)) == [part]
    assert "127.0.0.1:1" in troubles(report)[part]


def test_one_of_several_brokers_is_enough(whole: Settings) -> None:
    servers = f"127.0.0.1:1,{whole.kafka_bootstrap_servers}"
    assert troubles(ask(whole.model_copy(update={"kafka_bootstrap_servers": servers}))[1]) == {}


def test_a_game_manager_in_trouble_means_degraded(whole: Settings, game_manager: GameManagerServer) -> None:
    game_manager.answers["/health"] = 500
    assert troubles(ask(whole)[1]) == {"game_manager": "does not answer: manager returned 500 for its health"}


def test_without_redis_it_is_not_ready(whole: Settings) -> None:
    status, report = ask(whole.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    assert (status, report["ready"], report["degraded"]) == (503, False, True)
    assert troubles(report).keys() == set(PARTS) - {"broker", "game_manager"}
    assert troubles(report)["redis"] == "does not answer (connection refused)"


@troubles_of_redis
def test_a_redis_that_refuses_is_not_said_not_to_answer(
    whole: Settings, tmp_path: Path, answer: str, trouble: Trouble
) -> None:
    (bind,) = free_binds(1)
    own = whole.model_copy(update={"redis_url": f"redis://{bind}/0"})
    with supervising(tmp_path) as supervisor, connect(own, retries=0) as redis:
        supervisor.start((redis_service(bind, tmp_path),))
        with trouble(redis, tmp_path / "redis"):
            status, report = ask(own)
    assert status == 503
    assert troubles(report)["redis"] in set(map(str, said(answer)))


def test_a_server_that_listens_and_says_nothing_is_not_waited_for_long(whole: Settings, silent: int) -> None:
    address = f"127.0.0.1:{silent}"
    before = time.monotonic()
    status, report = ask(
        whole.model_copy(
            update={
                "redis_url": f"redis://{address}/0",
                "kafka_bootstrap_servers": f"{address},{address},{address}",
                "game_manager_base_url": f"http://{address}",
            }
        )
    )
    assert time.monotonic() - before < 10  # three are aimed at, on a machine with nothing else to do
    assert (status, sorted(troubles(report))) == (503, sorted(PARTS))


@pytest.mark.parametrize("gone", ["left", "closed"])
def test_without_an_instance_it_is_not_ready(whole: Settings, instances: Instances, gone: str) -> None:
    instances.leave("i1")
    assert ask(whole)[0] == 200
    if gone == "left":
        instances.leave("i2")
    else:
        instances.close("i2", Cordon.PAUSED)
    status, report = ask(whole)
    assert (status, troubles(report)) == (503, {"instances": "none is live and open: no bot will decide"})


def test_two_workers_of_one_name_mean_degraded(whole: Settings, instances: Instances) -> None:
    (first, _) = instances.live()
    instances.beat(first.model_copy(update={"incarnation": "next", "began_ms": 1, "pid": 8, "host": "h2"}))
    status, report = ask(whole)
    assert (status, report["degraded"]) == (200, True)
    why = "several workers have one name: give each a queue of its own: i1 is process 8 on h2 and process 7 on h1"
    assert troubles(report) == {"processes": why}


def test_a_clock_that_is_wrong_means_degraded(whole: Settings, redis: Redis) -> None:
    sheet = ProcessSheet(kind="worker i1", name="life", host="h1", pid=7, skew_seconds=1.0)
    processes = Processes(redis, Keys(whole.key_prefix), whole.dead_after_seconds)
    processes.beat(sheet)
    assert troubles(ask(whole)[1]) == {}
    processes.beat(sheet.model_copy(update={"skew_seconds": -90.0}))
    status, report = ask(whole)
    assert (status, report["degraded"]) == (200, True)
    why = "clocks differ from that of Redis: set them by NTP: worker i1 (process 7 on h1) is 90.0 s behind Redis"
    assert troubles(report) == {"processes": why}


def test_an_instance_that_cannot_send_does_not_count(whole: Settings, redis: Redis, instances: Instances) -> None:
    first, second = instances.live()
    instances.beat(first.model_copy(update={"mute": True}))
    assert ask(whole)[0] == 200
    instances.beat(second.model_copy(update={"mute": True}))
    status, report = ask(whole)
    why = "none that is live and open can send to Kafka: no bot will act"
    assert (status, troubles(report)) == (503, {"instances": why})


def test_a_process_that_cannot_send_says_why(whole: Settings, redis: Redis) -> None:
    sheet = ProcessSheet(kind="keeper", name="k1", host="h1", pid=7, mute_since=NOON, mute_why="the broker is gone")
    Processes(redis, Keys(whole.key_prefix), whole.dead_after_seconds).beat(sheet)
    status, report = ask(whole)
    why = "some cannot send to Kafka: keeper (process 7 on h1) since 12:00:00 UTC, the broker is gone"
    assert (status, report["degraded"], troubles(report)) == (200, True, {"processes": why})


def test_a_process_that_cannot_read_says_why(whole: Settings, redis: Redis) -> None:
    sheet = ProcessSheet(kind="bridge", name="b1", host="h1", pid=7, deaf_since=NOON, deaf_why="the broker is gone")
    Processes(redis, Keys(whole.key_prefix), whole.dead_after_seconds).beat(sheet)
    status, report = ask(whole)
    why = "some cannot read from Kafka: bridge (process 7 on h1) since 12:00:00 UTC, the broker is gone"
    assert (status, report["degraded"], troubles(report)) == (200, True, {"processes": why})


def test_an_outbox_that_does_not_drain_means_degraded(whole: Settings, redis: Redis) -> None:
    keys, event = Keys(whole.key_prefix), history("g1", 0)[0]
    redis.rpush(keys.arena_outbox, Entry.of(event).to_text())
    assert troubles(ask(whole)[1]) == {}
    redis.delete(keys.arena_outbox)
    old = event.model_copy(update={"created_at": event.created_at - timedelta(seconds=70)})
    redis.rpush(keys.arena_outbox, Entry.of(old).to_text(), Entry.of(event).to_text())
    status, report = ask(whole)
    assert (status, report["degraded"], list(troubles(report))) == (200, True, ["outbox"])
    assert "waits for the broker for 7" in troubles(report)["outbox"]


@pytest.mark.parametrize(("part", "key"), [("bridge", "bridges"), ("keeper", "keepers")])
def test_without_a_bridge_or_a_keeper_it_is_degraded(whole: Settings, redis: Redis, part: str, key: str) -> None:
    redis.delete(getattr(Keys(whole.key_prefix), key))
    status, report = ask(whole)
    assert (status, report["degraded"], list(troubles(report))) == (200, True, [part])


def test_while_keepers_stand_in_for_the_bridges_it_is_degraded(whole: Settings, redis: Redis) -> None:
    keys = Keys(whole.key_prefix)
    redis.delete(keys.bridges)
    live = bridges(redis, keys, whole.bridge_lease_seconds)
    live.beat(f"{STAND_IN}k1")
    status, report = ask(whole)
    assert (status, troubles(report)) == (200, {"bridge": "none is live: keepers stand in"})
    live.beat("b1")
    assert troubles(ask(whole)[1]) == {}


def test_failed_bots_are_counted_and_the_first_says_why(whole: Settings, redis: Redis) -> None:
    bots = [
        binding("g1", 0),
        binding("g1", 1, status=BindingStatus.FAILED, reason="no acknowledgement"),
        binding("g1", 2, status=BindingStatus.FAILED, reason="another"),
    ]
    Games(redis, Keys(whole.key_prefix), 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), bots)
    status, report = ask(whole)
    assert (status, report["degraded"]) == (200, True)
    assert troubles(report) == {"bots": "2 of 3 have failed: first bot-1 of game g1: no acknowledgement"}


def test_a_lesson_that_nobody_sees_to_means_degraded(whole: Settings, redis: Redis) -> None:
    lessons = Lessons(redis, Keys(whole.key_prefix))
    lessons.expect("g1", "p1", timedelta(seconds=-3))
    assert troubles(ask(whole)[1]) == {}
    lessons.expect("g1", "p1", timedelta(seconds=-30))
    assert list(troubles(ask(whole)[1])) == ["lessons"]


def test_another_mode_than_the_characters_have_means_degraded(whole: Settings, redis: Redis) -> None:
    State(whole.model_copy(update={"characters": "independent"}), redis).characters.create("Ida")
    assert troubles(ask(whole.model_copy(update={"characters": "off"}))[1]) == {}
    shared = whole.model_copy(update={"characters": "shared"})
    status, report = ask(shared)
    assert (status, report["degraded"]) == (200, True)
    assert list(troubles(report)) == ["characters"]
    assert "COWBOY_CHARACTERS=shared" in troubles(report)["characters"]
    assert "'independent'" in troubles(report)["characters"]
    told = [one.saw for one in population(shared, redis) if one.subject == "characters"]
    assert told == [troubles(report)["characters"]]
    assert troubles(ask(whole.model_copy(update={"characters": "independent"}))[1]) == {}


def test_strangers_are_told_neither_games_nor_hosts(whole: Settings, redis: Redis) -> None:
    bots = [binding("g1", 1, status=BindingStatus.FAILED, reason="secret")]
    Games(redis, Keys(whole.key_prefix), 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), bots)
    guarded = Settings.model_validate(
        whole.model_dump() | {"manager_token": TOKEN, "kafka_bootstrap_servers": "127.0.0.1:1"}
    )
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        status, report = ask(guarded, **headers)
        assert status == 200
        assert troubles(report) == {"broker": "does not answer", "bots": "1 of 1 have failed"}
    named = troubles(ask(guarded, Authorization=f"Bearer {TOKEN}")[1])
    assert "127.0.0.1:1" in named["broker"]
    assert "bot-1 of game g1: secret" in named["bots"]


def test_probes_one_after_the_other_ask_once(whole: Settings, game_manager: GameManagerServer) -> None:
    api: FlaskClient = create_app(whole).test_client()
    assert [api.get(READY).status_code for _ in range(20)] == [200] * 20
    assert game_manager.asked.count("/health") == 1
