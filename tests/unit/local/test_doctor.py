"""The doctor's checks: each sees what it should, and each ailment has a remedy."""

import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata

import pytest

from cowboy.errors import ServerMissing
from cowboy.local.doctor import (
    Finding,
    Health,
    check_packages,
    check_page,
    check_program,
    check_python,
    check_unknown_variables,
    examine,
    has_local_extra,
)
from cowboy.settings import Settings
from cowboy.state.processes import ProcessSheet

ANYWHERE = "0.0.0.0"  # noqa: S104  # nothing is bound


@pytest.mark.parametrize(("version", "health"), [((3, 10), Health.BAD), ((3, 11), Health.GOOD), ((4, 0), Health.GOOD)])
def test_an_old_python_is_bad(version: tuple[int, int], health: Health) -> None:
    finding = check_python(version)
    assert finding.health == health
    assert bool(finding.remedy) == (health == Health.BAD)


def test_packages_that_fit_are_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda _name: ["pytest>=1", "nothing>1 ; python_version < '3'"])
    assert [finding.health for finding in check_packages()] == [Health.GOOD]


def test_a_package_that_is_missing_or_does_not_fit_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda _name: ["pytest<1", "no-such-package"])
    findings = list(check_packages())
    assert [finding.health for finding in findings] == [Health.BAD, Health.BAD]
    assert findings[0].saw.endswith("does not fit <1")
    assert findings[1].saw == "no-such-package is not installed"
    assert all(finding.remedy for finding in findings)


@pytest.mark.parametrize(("installed", "missing"), [("pytest", ["no-such-package"]), ("no-such-either", [])])
def test_what_only_embedded_servers_need_is_asked_for_where_some_of_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, installed: str, missing: list[str]
) -> None:
    extra = [f"{name} ; extra == 'local'" for name in (installed, "no-such-package")]
    monkeypatch.setattr(metadata, "requires", lambda _name: ["httpx", *extra])
    assert has_local_extra() == bool(missing)
    bad = [finding.saw for finding in check_packages() if finding.health == Health.BAD]
    assert bad == [f"{name} is not installed" for name in missing]


@pytest.fixture
def page() -> Iterator[int]:
    """The port of a server of this machine that answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("plain_environment")
@pytest.mark.parametrize(
    ("host", "bind", "health"),
    [
        ("here", "127.0.0.1", Health.GOOD),
        ("here", ANYWHERE, Health.GOOD),
        ("there", ANYWHERE, Health.GOOD),
        ("there", "127.0.0.1", Health.UNKNOWN),
    ],
)
def test_the_page_is_looked_for_where_the_arena_says_that_it_is(
    page: int, host: str, bind: str, health: Health
) -> None:
    arena = ProcessSheet(kind="arena", name="a", host=host, pid=7, address=f"{bind}:{page}")
    wrong = Settings(arena_bind="127.0.0.1:1", game_manager_base_url="http://127.0.0.1:2")
    assert check_page(wrong, arena, "here").health == health


@pytest.mark.usefixtures("plain_environment")
def test_a_page_is_bad_only_where_it_should_be_reached_from_here() -> None:
    settings = Settings(game_manager_base_url="http://127.0.0.1:2")
    gone = ProcessSheet(kind="arena", name="a", host="here", pid=7, address=f"{ANYWHERE}:1")
    assert check_page(settings, gone, "here").health == Health.BAD
    assert check_page(settings, gone, "there").health == Health.UNKNOWN
    assert check_page(settings, None, "here").health == Health.UNKNOWN


def test_a_variable_that_nobody_reads_is_named() -> None:
    finding = check_unknown_variables({"COWBOY_BRIAN": "x", "COWBOY_BRAIN": "x", "COWBOY_TEST_KAFKA": "x", "HOME": "x"})
    assert finding.health == Health.POOR
    assert finding.saw == "nobody reads COWBOY_BRIAN"
    assert check_unknown_variables({"COWBOY_BRAIN": "x"}).health == Health.GOOD


def test_a_program_that_is_missing_is_poor_since_it_may_not_be_needed() -> None:
    def missing() -> object:
        raise ServerMissing("install it")

    assert check_program("redis program", missing) == Finding("redis program", Health.POOR, "not found", "install it")
    assert check_program("redis program", lambda: "here").health == Health.GOOD


@pytest.mark.usefixtures("plain_environment")
def test_a_wrong_setting_ends_the_examination_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_BROKER", "rabbitmq")
    *_, last = until_bad(examine())
    assert (last.subject, last.health) == ("configuration", Health.BAD)
    assert last.saw.startswith("COWBOY_BROKER: ")


def until_bad(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Up to the configuration: what comes after needs servers."""
    for finding in findings:
        yield finding
        assert finding.subject not in {"redis", "broker"}
