"""No prompt holds a fact that was neither witnessed nor inherited: a short run of `python -m tests.scenes 10000`."""

import pytest

from cowboy.characters import knowledge
from tests.scenes import main, scene


def test_no_prompt_of_three_hundred_random_scenes_holds_a_fact_that_nobody_of_the_line_saw() -> None:
    assert any(scene(seed)[0] for seed in range(20)), "there is something to be told"
    assert main(300) == 0


def test_the_scenes_notice_knowledge_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = knowledge.Knowledge.add

    def boasting(self: knowledge.Knowledge, subject, counts, source, left=None) -> None:  # type: ignore[no-untyped-def]
        honest(self, subject, {name: count + 1 for name, count in counts.items()}, source, left)

    monkeypatch.setattr(knowledge.Knowledge, "add", boasting)
    assert main(20) > 0
