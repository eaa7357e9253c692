"""What the task does beside teaching."""

from types import SimpleNamespace

import pytest

from cowboy.tasks import teach


@pytest.mark.parametrize(("outcome", "expected"), [("ready", ["g1"]), ("outdated", []), ("refused", [])])
def test_only_the_topic_of_a_game_that_is_about_to_be_played_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, outcome: str, expected: list[str]
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(teach, "learner", lambda: SimpleNamespace(teach=lambda *_: outcome))
    monkeypatch.setattr(teach, "expect_game", asked.append)
    assert teach.teach_game("g1", "p1", 1, "") == outcome
    assert asked == expected
