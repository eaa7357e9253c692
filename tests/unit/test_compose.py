"""docker-compose runs what `cowboy up` runs, and hands out nothing that it should not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cowboy.local.service import Service
from cowboy.local.stack import cowboy_stage
from cowboy.settings import Settings, environment_names

pytestmark = pytest.mark.usefixtures("plain_environment")

OURS = ("arena", "manager", "bridge", "keeper", "worker-i1", "worker-i2", "flower")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())


@pytest.fixture
def local(tmp_path: Path) -> dict[str, Service]:
    """The services of `cowboy up`, Flower listening where the container's has to."""
    ours = cowboy_stage(Settings(home=tmp_path, flower_bind="0.0.0.0:5555"), instances=2, flower=True, since=0.0)
    return {service.name: service for service in ours}


@pytest.mark.parametrize("name", OURS)
def test_a_container_runs_the_command_of_cowboy_up(
    compose: dict[str, Any], local: dict[str, Service], name: str
) -> None:
    interpreter, *arguments = compose["services"][name]["command"]
    assert interpreter == "python"
    assert arguments == list(local[name].command[1:])


def test_every_service_of_cowboy_up_has_a_container(compose: dict[str, Any], local: dict[str, Service]) -> None:
    assert local.keys() - {"redis", "broker"} == set(OURS) == compose["services"].keys() - {"redis", "kafka"}


def test_a_container_is_given_the_time_to_stop_that_its_process_needs(
    compose: dict[str, Any], local: dict[str, Service]
) -> None:
    for name in ("worker-i1", "worker-i2"):
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) >= local[name].stop_grace_seconds


def test_ports_are_published_on_this_machine_only(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_variable_that_a_container_is_given_is_one_that_is_read(compose: dict[str, Any]) -> None:
    known = environment_names()
    given = {name for service in OURS for name in compose["services"][service]["environment"]}
    assert given - {"FLOWER_UNAUTHENTICATED_API"} <= known


def test_redis_keeps_every_write_and_drops_no_key(compose: dict[str, Any]) -> None:
    command = compose["services"]["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert options["--auto-aof-rewrite-min-size"] == "8mb"


def test_the_managers_token_is_demanded(compose: dict[str, Any]) -> None:
    assert compose["services"]["manager"]["environment"]["COWBOY_MANAGER_TOKEN"].startswith("${COWBOY_MANAGER_TOKEN:?")
