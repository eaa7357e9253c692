"""Which processes the whole system is made of."""

import sys
from pathlib import Path

import pytest

from cowboy.local.environment import local_settings
from cowboy.local.service import Service
from cowboy.local.stack import stages
from cowboy.settings import Settings

pytestmark = pytest.mark.usefixtures("plain_environment")


def services_of(home: Path, *, instances: int = 2, flower: bool = False) -> dict[str, Service]:
    settings = local_settings(Settings(home=home))
    stack = stages(settings, instances=instances, flower=flower, since=0.0)
    return {service.name: service for stage in stack for service in stage}


def test_the_servers_come_before_everything_that_needs_them(tmp_path: Path) -> None:
    first, second = stages(local_settings(Settings(home=tmp_path)), instances=1, flower=False, since=0.0)

    assert [service.name for service in first] == ["redis", "broker"]
    assert [service.name for service in second] == ["arena", "manager", "bridge", "keeper", "worker-i1"]


def test_each_instance_is_a_worker_with_a_queue_of_its_own(tmp_path: Path) -> None:
    services = services_of(tmp_path, instances=3)

    command = " ".join(services["worker-i3"].command)
    assert command.startswith(f"{sys.executable} -m celery -A cowboy worker -Q bots.i3 -n i3@%h ")
    assert "worker-i4" not in services


def test_several_bridges_and_keepers_have_numbers(tmp_path: Path) -> None:
    settings = local_settings(Settings(home=tmp_path))
    _, second = stages(settings, instances=1, bridges=3, keepers=2, flower=False, since=0.0)

    names = [service.name for service in second]
    assert names == ["arena", "manager", "bridge-1", "bridge-2", "bridge-3", "keeper-1", "keeper-2", "worker-i1"]


def test_workers_report_their_tasks_only_when_flower_is_there_to_show_them(tmp_path: Path) -> None:
    assert services_of(tmp_path)["worker-i1"].environment["COWBOY_TASK_EVENTS"] == "False"
    assert services_of(tmp_path, flower=True)["worker-i1"].environment["COWBOY_TASK_EVENTS"] == "True"


def test_flower_never_opens_its_api_to_everybody(tmp_path: Path) -> None:
    assert services_of(tmp_path, flower=True)["flower"].environment["FLOWER_UNAUTHENTICATED_API"] == "false"


def test_every_listener_names_the_setting_that_moves_it(tmp_path: Path) -> None:
    services = services_of(tmp_path, flower=True)

    remedies = {listener.moved_by.partition("=")[0] for s in services.values() for listener in s.listeners}
    assert remedies == {
        "COWBOY_REDIS_URL",
        "KAFKA_BOOTSTRAP_SERVERS",
        "COWBOY_ARENA_BIND",
        "GAME_MANAGER_BIND",
        "BOT_MANAGER_BIND",
        "COWBOY_FLOWER_BIND",
    }
