"""A row of a table on a page is one line: what is broken is shown as text below half a table."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, names_of, text_of


def broken_rows(text: str) -> Iterator[str]:
    """Rows that do not end where they should, outside of code."""
    in_code = False
    for line in text.splitlines():
        if line.startswith("```"):
            in_code = not in_code
        elif not in_code and line.startswith("|") and (len(line) == 1 or not line.endswith("|")):
            yield line


def test_a_broken_row_is_seen() -> None:
    assert list(broken_rows("| a | b |\n| c |\nd\n|\n```\n| x\n```")) == ["|"]
    assert list(broken_rows("| a | b\nc |")) == ["| a | b"]


@pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
def test_the_rows_of_a_page_are_whole(page: Path) -> None:
    assert list(broken_rows(text_of(page))) == []
