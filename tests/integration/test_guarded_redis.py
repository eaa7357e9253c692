"""Redis with TLS, on a socket, on IPv6 or behind Sentinels, always with a password: a real worker plays turns by it."""

import os
import signal
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.exceptions import RedisError

from cowboy.local.doctor import Health, examine
from cowboy.local.environment import base_url
from cowboy.local.ports import free_binds
from cowboy.local.probes import http_answers
from cowboy.settings import Settings, environment_name
from cowboy.state.client import connect
from cowboy.tasks import decide_command
from tests.integration.turns.desk import Desk
from tests.processes import running
from tests.queues import celery_on
from tests.redis_servers import (
    FORMS,
    PASSWORD,
    SENTINEL_PASSWORD,
    Guarded,
    redis_behind_sentinels,
    redis_on_ipv6,
    redis_with_tls,
)
from tests.waiting import wait_for
from tests.workers import celery, worker

pytestmark = pytest.mark.integration

each_form = pytest.mark.parametrize("guarded", FORMS, indirect=True)


@pytest.fixture
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guarded]:
    with FORMS[request.param](tmp_path) as redis:
        yield redis


def settings_for(guarded: Guarded, broker_settings: Mapping[str, Any], **more: Any) -> Settings:
    mine = f"t{uuid.uuid4().hex[:12]}"
    prefixes = {"input_topic_prefix": f"{mine}.commands", "output_topic_prefix": f"{mine}.output"}
    return Settings(**guarded.settings, **broker_settings, **prefixes, **more)


def play(desk: Desk, game_id: str) -> None:
    turn = desk.open_turn(game_id)
    decide_command.apply_async(args=tuple(turn), queue="bots.i1")
    wait_for(lambda: desk.records(game_id))
    assert len(desk.commands(game_id)) == 1


@pytest.mark.usefixtures("plain_environment")
@each_form
def test_a_worker_plays_turns_and_can_be_asked_and_watched(
    guarded: Guarded, broker_settings: Mapping[str, Any]
) -> None:
    (flower_bind,) = free_binds(1)
    settings = settings_for(guarded, broker_settings, flower_bind=flower_bind)
    flower = ("flower", f"--address={flower_bind.host}", f"--port={flower_bind.port}")
    with connect(settings) as redis, celery_on(settings), worker(settings):
        play(Desk(settings, redis), "g1")
        done = celery(settings, "inspect", "stats")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "i1@" in done.stdout
        assert not shows_a_secret(done.stdout + done.stderr)
        with running("celery", "-A", "cowboy", *flower, settings=settings):
            wait_for(lambda: http_answers(flower_bind, "/healthcheck"), 60)
            page = wait_for(lambda: queues_page(f"{base_url(flower_bind)}/broker"), 60)
            assert "bots.i1" in page
            assert not shows_a_secret(page)


@pytest.mark.usefixtures("plain_environment")
def test_turns_go_on_when_the_primary_is_killed(tmp_path: Path, broker_settings: Mapping[str, Any]) -> None:
    with redis_behind_sentinels(tmp_path) as guarded:
        settings = settings_for(guarded, broker_settings)
        with connect(settings) as redis, celery_on(settings), worker(settings):
            desk = Desk(settings, redis)
            play(desk, "before")
            former = redis.info("server")["run_id"]
            pid = guarded.supervisor.pid("redis-1")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: another_primary(settings, former), 60)
            play(desk, "after")


def another_primary(settings: Settings, former: str) -> bool:
    with connect(settings, patience_seconds=1, retries=0) as redis:
        try:
            return bool(redis.info("server")["run_id"] != former and redis.role()[0] == "master")
        except RedisError:
            return False


def queues_page(url: str) -> str:
    """Flower's page of the queues, once it knows of the worker's."""
    answer = httpx.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text if "bots.i1" in answer.text else ""


def shows_a_secret(text: str) -> bool:
    return any(secret in text for secret in (PASSWORD, SENTINEL_PASSWORD))


@pytest.mark.usefixtures("plain_environment")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"redis_password": None}, "wants a password"),
        ({"redis_password": "not-it"}, "does not accept our user or password"),
        ({"redis_ca_file": None}, "its certificate is not accepted"),
        ({"redis_cert_file": None}, "it wants a certificate of ours"),
        ({"redis_url": "redis://", "redis_ca_file": None, "redis_cert_file": None}, "does not answer"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_the_doctor_says_why_redis_does_not_let_us_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, Any], says: str
) -> None:
    with redis_with_tls(tmp_path) as guarded:
        values = {**guarded.settings, **changes}
        if changes.get("redis_url"):
            values["redis_url"] = guarded.settings["redis_url"].replace("rediss://", "redis://")
        assert_redis_is_said_to(says, values, monkeypatch)


@pytest.mark.usefixtures("plain_environment")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"redis_sentinel_password": None}, "COWBOY_REDIS_SENTINEL_PASSWORD"),
        ({"redis_password": "not-it"}, "does not accept our user or password"),
        ({"redis_url": "another/0"}, "has no primary that a Sentinel"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_the_doctor_says_why_no_primary_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, Any], says: str
) -> None:
    with redis_behind_sentinels(tmp_path) as guarded:
        values = {**guarded.settings, **changes}
        if "redis_url" in changes:
            values["redis_url"] = guarded.settings["redis_url"].replace("main/3", changes["redis_url"])
        assert_redis_is_said_to(says, values, monkeypatch)


@pytest.mark.usefixtures("plain_environment")
def test_the_doctor_says_that_a_right_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with redis_on_ipv6(tmp_path) as guarded:
        with connect(Settings(**guarded.settings)) as redis:
            redis.execute_command("ACL", "SETUSER", "cowboy", "on", ">a-password", "~*", "&*", "+@all", "-info", "-set")
        url = guarded.settings["redis_url"].replace("redis://", "redis://cowboy@")
        values = {"redis_url": url, "redis_password": "a-password"}
        assert_redis_is_said_to("does not allow this to the user", values, monkeypatch)


def assert_redis_is_said_to(says: str, values: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for field, value in values.items():
        monkeypatch.setenv(environment_name(field), "" if value is None else str(value))

    def is_said() -> bool:
        findings = [finding for finding in examine() if finding.subject == "redis"]
        assert [finding.health for finding in findings] == [Health.BAD]
        told = findings[0].saw + findings[0].remedy
        assert "\n" not in findings[0].saw
        assert not shows_a_secret(told)
        return says in told

    # By TLS 1.3 a server that wants a certificate closes at once: its word for why can be lost with the connection.
    wait_for(is_said)
