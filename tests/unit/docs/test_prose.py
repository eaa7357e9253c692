"""Docstrings, comments and pages are written in plain sentences: subject, verb, object."""

import re
from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, names_of, text_of
from tests.unit.docs.sources import SOURCES, prose_of

INDIRECT = re.compile(
    r"\b[Ww]hoever\b|\bfor none that\b|\b[Nn]obody who\b|(?:^|[.;] )Who \w+s\b[^.?]*\b[a-z]+s\b[^.?]*\.", re.MULTILINE
)
"""Clauses that stand for a noun: name the worker, the caller, the bridge instead."""


def test_a_noun_is_missed_where_a_clause_stands_for_it() -> None:
    for text in (
        "Whoever loses gives way.",
        "For a bot, and for none that never learned.",
        "Who finds none waits for one.",
    ):
        assert INDIRECT.search(text), text
    for text in ("A thread that finds none waits.", "Who is alive?", "Words of a user who is gone."):
        assert not INDIRECT.search(text), text


@pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
def test_a_page_names_what_it_speaks_of(page: Path) -> None:
    assert INDIRECT.findall(text_of(page)) == []


@pytest.mark.parametrize("source", SOURCES, ids=names_of(SOURCES))
def test_a_docstring_names_what_it_speaks_of(source: Path) -> None:
    assert INDIRECT.findall(prose_of(source)) == []
