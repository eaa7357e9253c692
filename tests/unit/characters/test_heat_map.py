"""The picture of what a character knows of a map."""

import builtins
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cowboy.characters.heat_map import MOST_INCHES, CellFact, CellWeight, HeatMap, draw, known_best
from cowboy.errors import BadRequest, PackageMissing

CELLS = (CellWeight(0, 3, 2), CellWeight(10, 7, 12))


def test_it_is_a_picture_that_says_whose_it_is() -> None:
    assert b"<svg" in draw(CELLS, "Rusty Creek: danger")
    assert draw(CELLS, "Rusty Creek", "png").startswith(b"\x89PNG")


def test_a_title_is_text_whatever_it_holds() -> None:
    assert b"<script" not in draw(CELLS, "<script>alert(1)</script> & \\frac")


def test_a_far_cell_makes_no_huge_picture() -> None:
    width = re.search(rb'width="([0-9.]+)pt"', draw([CellWeight(0, 300, 1)], "Ida"))
    assert width is not None
    assert float(width[1]) <= 72 * MOST_INCHES


def test_the_smallest_map_can_be_drawn_and_another_form_is_refused() -> None:
    assert draw([CellWeight(0, 0, 1)], "")
    with pytest.raises(BadRequest, match=r"\.svg"):
        draw(CELLS, "", "exe")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, globals_: Mapping[str, Any] | None = None, locals_: Mapping[str, Any] | None = None,
                fromlist: Sequence[str] = (), level: int = 0) -> Any:  # fmt: skip
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, globals_, locals_, fromlist, level)

    for module in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PackageMissing, match=r"cowboy\[pictures\]"):
        draw(CELLS, "")


def test_the_map_of_which_most_is_known_is_drawn_by_what_matters_of_each_kind() -> None:
    facts = [
        CellFact("abc", "3,5", {"lost": 3}),
        CellFact("abc", "0,1", {"lost": 1}),
        CellFact("def", "0,0", {"lost": 2}),
        CellFact("def", "*", {"lost": 99}),
    ]
    assert known_best(facts) == HeatMap("abc", [CellWeight(3, 5, 3), CellWeight(0, 1, 1)])
    assert known_best([CellFact("abc", "1,1", {"turns": 9, "dealt": 2})]) == HeatMap("abc", [CellWeight(1, 1, 9)])
    assert known_best([CellFact("abc", "1,1", {"struck": 9, "broken": 2})]) == HeatMap("abc", [CellWeight(1, 1, 2)])
    assert known_best([CellFact("*", "*", {"lost": 1})]) is None
