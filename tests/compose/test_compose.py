"""docker-compose.yml on a container engine, from its build to its end, while bots play through the published ports.

Not among `make test`: it wants an engine, 2 GB of memory and a quarter of an hour. The tests run in their order.
"""

import json
import time
from pathlib import Path

import httpx
import pytest
import yaml

from tests.compose import engine
from tests.compose.games import Table
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(1200)

SERVICES = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "cowboy" and name != "secrets"]
AWAY_SECONDS = 12.0
KILLED = 137
"""Exit code of a container that did not stop in time."""
SAMPLES = 5

Seen = list[tuple[str, str]]


def test_a_redis_that_refuses_everybody_keeps_all_of_ours_from_being_healthy(image: str) -> None:
    with pytest.raises(engine.CommandFailed, match="unhealthy"):
        engine.up(override="tests/compose/refusing-redis.yml")
    healthy = {it.service for it in engine.containers() if it.health == "healthy"}
    assert healthy <= {"redis", "kafka", "flower"}


def test_all_are_up_and_healthy(system: None) -> None:
    running = [it for it in engine.containers() if it.service != "secrets"]
    assert {it.service for it in running} == SERVICES.keys() - {"secrets"}
    assert {(it.state, it.health) for it in running} == {("running", "healthy")}
    assert sorted(it.service for it in running).count("keeper") == 2


def test_nothing_is_left_without_a_name(system: None) -> None:
    label = f"label=com.docker.compose.project={engine.PROJECT}"
    volumes = engine.docker("volume", "ls", "--filter", label, "--format", "{{.Name}}").split()
    declared = {"redis-data", "kafka-data", "redis-password", "manager-token"}
    assert set(volumes) == {f"{engine.PROJECT}_{name}" for name in declared}
    for container in engine.containers():
        mounts = json.loads(engine.docker("inspect", "--format", "{{json .Mounts}}", container.name))
        assert {mount["Name"] for mount in mounts if mount["Type"] == "volume"} <= set(volumes)


def test_what_idle_containers_take(system: None, seen: Seen) -> None:
    samples = [engine.loads() for _ in range(SAMPLES)]
    for name in sorted(samples[-1]):
        cpu = sum(sample[name].cpu_percent for sample in samples) / SAMPLES
        seen.append((f"idle: {name}", f"{samples[-1][name].memory}, {cpu:.1f} % CPU"))


def test_the_doctor_finds_nothing_bad(system: None) -> None:
    found = json.loads(engine.compose("exec", "-T", "manager", "cowboy", "doctor", "--json"))
    assert [it for it in found if it["health"] == "bad"] == []


def test_a_game_is_played_to_its_end_through_the_published_ports(table: Table, seen: Seen) -> None:
    began = time.monotonic()
    game_id = table.begin(max_turns=40)
    wait_for(lambda: table.status(game_id) == "FINISHED", 120)
    seen.append(("a game of 40 turns", f"{time.monotonic() - began:.1f} s"))
    # The step that ends a game by its limit shows the next turn, which a fast bot plays in vain before the end is told.
    outcomes = {it.turn_no: it.outcome for it in table.records(game_id) if it.turn_no <= 40}
    assert outcomes == dict.fromkeys(range(1, 41), "ok")


def test_flower_shows_the_tasks_of_workers_that_keep_their_names(games: Table) -> None:
    counted = httpx.get("http://127.0.0.1:5555/metrics", trust_env=False).text
    for worker in ("i1@worker-i1", "i2@worker-i2"):
        assert (
            f'flower_events_total{{task="cowboy.tasks.decide_command",type="task-received",worker="{worker}"' in counted
        )


def test_three_bridges_share_the_games(games: Table) -> None:
    engine.up("--no-recreate", "--scale", "bridge=3")
    assert [it.health for it in engine.containers() if it.service == "bridge"] == ["healthy"] * 3
    games.go_on()
    engine.up("--no-recreate", "--scale", "bridge=1")
    games.go_on()


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "secrets"])
def test_games_go_on_after_a_service_was_stopped_and_started(service: str, games: Table, seen: Seen) -> None:
    seconds = engine.stop(service)
    ended = [it.exit_code for it in engine.containers() if it.service == service]
    engine.start(service)
    again = games.go_on()
    seen.append((f"{service} stops; games go on after its return", f"{seconds:.1f} s; {again:.1f} s"))
    assert KILLED not in ended


@pytest.mark.parametrize("server", ["kafka", "redis"])
def test_games_go_on_after_a_server_was_away(server: str, games: Table, seen: Seen) -> None:
    engine.stop(server)
    time.sleep(AWAY_SECONDS)  # the outage itself
    engine.start(server)
    again = games.go_on()
    seen.append((f"{server} away for {AWAY_SECONDS:g} s; games go on", f"{again:.1f} s"))


def test_games_go_on_after_all_was_taken_down_and_up_again(games: Table, seen: Seen) -> None:
    engine.down()
    engine.up()
    again = games.go_on()
    seen.append(("all down and up again; games go on", f"{again:.1f} s"))


def test_new_games_are_played_after_all_that(table: Table) -> None:
    game_id = table.begin(max_turns=20)
    wait_for(lambda: table.status(game_id) == "FINISHED", 120)
    assert {record.outcome for record in table.records(game_id)} == {"ok"}


@pytest.mark.parametrize("service", OURS)
def test_every_line_of_its_log_is_json(service: str, system: None) -> None:
    lines = engine.log(service)
    assert lines
    assert [line for line in lines if not isinstance(_read(line), dict)] == []


def _read(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None
