"""The doctor's checks: each sees what it should, and each ailment has a remedy."""

from collections.abc import Iterator
from importlib import metadata

import pytest

from cowboy.doctor import (
    Finding,
    Health,
    check_packages,
    check_program,
    check_python,
    check_unknown_variables,
    examine,
)
from cowboy.errors import ServerMissing


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
