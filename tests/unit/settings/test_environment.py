"""Variables that libraries are not to see, and files may name."""

import os

import pytest

from cowboy.settings.environment import name_of, variable, withhold


@pytest.fixture(autouse=True)
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRAL_KEY", "hay")
    monkeypatch.setenv("CORRALS", "two")


def test_what_is_withheld_is_seen_by_nobody_who_does_not_ask_here() -> None:
    withhold(["CORRAL_"])
    assert "CORRAL_KEY" not in os.environ
    assert os.environ["CORRALS"] == "two"
    assert (variable("CORRAL_KEY"), variable("CORRALS")) == ("hay", "two")
    assert name_of("hay") == "CORRAL_KEY"


def test_what_is_set_afterwards_goes_before_what_was_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    withhold(["CORRAL_"])
    monkeypatch.setenv("CORRAL_KEY", "oats")
    assert variable("CORRAL_KEY") == "oats"


def test_what_is_not_set_is_nothing() -> None:
    assert variable("NOBODY_SETS_ME") is None
    assert name_of("nobody has this value") is None
