"""docker-compose runs what `cowboy up` runs, and hands out nothing that it should not."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cowboy.local.service import Service
from cowboy.local.stack import cowboy_stage
from cowboy.settings import Settings, environment_name, environment_names

pytestmark = pytest.mark.usefixtures("plain_environment")

OURS = ("arena", "manager", "bridge", "keeper", "worker-i1", "worker-i2", "flower")
OTHERS = ("redis", "kafka")
DOCKERS_GRACE = "10s"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


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
    assert local.keys() == set(OURS) == compose["services"].keys() - set(OTHERS) - {"secrets"}


def test_a_container_is_given_the_time_to_stop_that_its_process_needs(
    compose: dict[str, Any], local: dict[str, Service]
) -> None:
    for name in OURS:
        grace = compose["services"][name].get("stop_grace_period", DOCKERS_GRACE)
        assert int(grace.removesuffix("s")) >= local[name].stop_grace_seconds


def test_ports_are_published_on_this_machine_only(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_variable_that_a_container_is_given_is_one_that_is_read(compose: dict[str, Any]) -> None:
    given = {name for service in OURS for name in compose["services"][service]["environment"]}
    assert {name for name in given if not name.startswith("FLOWER_")} <= environment_names()


def test_redis_keeps_every_write_and_drops_no_key(compose: dict[str, Any]) -> None:
    command = compose["services"]["redis"]["command"]
    options = command[command.index("redis-server") + 1 :]
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert given["--appendonly"] == "yes"
    assert given["--maxmemory-policy"] == "noeviction"
    assert given["--auto-aof-rewrite-min-size"] == "8mb"


# -- what a container may do, and leaves behind -----------------------------------------------------------------------


@pytest.mark.parametrize("name", [*OURS, *OTHERS, "secrets"])
def test_a_container_can_change_nothing_but_its_data(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "cap_add" not in service


@pytest.mark.parametrize("name", [*OURS, *OTHERS])
def test_nobody_but_the_one_that_makes_the_secrets_is_root(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name].get("user") in {None, "redis"}
    assert "\nUSER cowboy\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", [*OURS, *OTHERS, "secrets"])
def test_a_containers_log_cannot_fill_the_disk(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name]["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", [*OURS, *OTHERS])
def test_a_container_is_checked_soon_after_its_start_and_then_seldom(compose: dict[str, Any], name: str) -> None:
    check = compose["services"][name]["healthcheck"]
    assert check["test"]
    assert (check["start_interval"], check["interval"]) == ("1s", "10s")
    assert "start_period" in check


@pytest.mark.parametrize("name", sorted({*OURS} - {"flower"}))
def test_a_process_of_ours_is_healthy_while_it_touches_its_file(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    file = service["environment"]["COWBOY_HEALTH_FILE"]
    assert service["healthcheck"]["test"] == ["CMD-SHELL", f'test -n "$$(find {file} -mmin -0.25)"']
    assert service["tmpfs"] == [str(Path(file).parent)]


@pytest.mark.parametrize("name", [*OURS, *OTHERS])
def test_no_check_starts_a_python_or_a_java(compose: dict[str, Any], name: str) -> None:
    shell, *_ = compose["services"][name]["healthcheck"]["test"][-1].split()
    assert shell in {"test", "exec", "REDISCLI_AUTH=$$(cat"}


def test_one_image_is_built_once(compose: dict[str, Any]) -> None:
    built = {name: service for name, service in compose["services"].items() if service["image"] == "cowboy"}
    assert [name for name, service in built.items() if "build" in service] == ["secrets"]
    assert built.keys() == {*OURS, "secrets"}
    for name in OURS:
        assert built[name]["pull_policy"] == "never"
        assert "secrets" in built[name]["depends_on"]


DECLARED = {
    "redis": {"/data"},
    "kafka": {"/var/lib/kafka/data", "/etc/kafka/secrets", "/mnt/shared/config"},
}
"""The volumes of the images; one that is not said where to be is made anew, without a name, at each start."""


def test_no_volume_is_without_a_name(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        volumes = [volume.split(":") for volume in service.get("volumes", [])]
        assert {volume for volume, *_ in volumes} <= compose["volumes"].keys()
        mounted = {path for _, path, *_ in volumes} | {path.split(":")[0] for path in service["tmpfs"]}
        assert mounted >= DECLARED.get(name, set())


@pytest.mark.parametrize("name", OURS)
def test_a_container_has_the_name_of_its_service(compose: dict[str, Any], name: str) -> None:
    """Or the names of workers, bridges and keepers would be other ones after each start."""
    assert compose["services"][name]["hostname"] == name


def test_there_are_two_keepers(compose: dict[str, Any]) -> None:
    assert compose["services"]["keeper"]["scale"] == 2


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_the_managers_token_is_where_it_is_used_and_nowhere_else(compose: dict[str, Any]) -> None:
    services = compose["services"]
    holders = {name for name in services if any("manager-token" in it for it in services[name].get("volumes", []))}
    told = {name for name in services if "COWBOY_MANAGER_TOKEN_FILE" in services[name].get("environment", {})}
    assert holders == {"arena", "manager", "secrets"}
    assert told == {"arena", "manager"}


def test_no_secret_is_in_the_environment_of_a_process(compose: dict[str, Any]) -> None:
    secrets = {environment_name("manager_token"), environment_name("redis_password")}
    for name in OURS:
        environment = compose["services"][name]["environment"]
        assert secrets.isdisjoint(environment)
        assert "@" not in environment["COWBOY_REDIS_URL"]


class Secrets:
    """The service that makes the secrets, with a folder of its own."""

    def __init__(self, compose: dict[str, Any], folder: Path) -> None:
        shell, flags, program = compose["services"]["secrets"]["command"]
        program = program.replace("$$", "$").replace("/run/secrets", str(folder))
        self._command = [shell, flags, program]
        self._folder = folder
        for name in ("redis", "manager"):
            (folder / name).mkdir()

    def made(self, *, password: str = "", token: str = "") -> tuple[str, str]:
        environment = {**os.environ, "COWBOY_REDIS_PASSWORD": password, "COWBOY_MANAGER_TOKEN": token}
        subprocess.run(self._command, env=environment, check=True)
        return (self._folder / "redis" / "password").read_text(), (self._folder / "manager" / "token").read_text()


@pytest.fixture
def secrets(compose: dict[str, Any], tmp_path: Path) -> Secrets:
    return Secrets(compose, tmp_path)


def test_secrets_are_made_once_and_then_kept(secrets: Secrets) -> None:
    password, token = secrets.made()
    assert len(password) == len(token) == 48
    assert password != token
    assert secrets.made() == (password, token)


def test_secrets_that_are_given_are_taken_and_then_kept(secrets: Secrets) -> None:
    password, _ = secrets.made()
    assert secrets.made(token="one of my own, of length") == (password, "one of my own, of length")
    assert secrets.made() == (password, "one of my own, of length")


def test_secrets_can_be_read_by_every_user_of_the_volume(secrets: Secrets, tmp_path: Path) -> None:
    secrets.made()
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("*/*")} == {0o444}
