"""Flushing traces: done when they are out, given up in time, and nobody's business where nothing is traced."""

import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from cowboy.brains.llm.langsmith_internals import flush_traces


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """LangChain's tracers are loaded, tracing is on, and all is out when this is set."""
    event = threading.Event()
    module = SimpleNamespace(wait_for_all_tracers=event.wait)
    monkeypatch.setitem(sys.modules, "langchain_core.tracers.langchain", module)
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    yield event
    event.set()


def test_it_waits_until_all_is_out(out: threading.Event) -> None:
    threading.Timer(0.05, out.set).start()
    assert flush_traces(60)
    assert out.is_set()


def test_it_gives_up_in_time(out: threading.Event) -> None:
    assert not flush_traces(0.01)


@pytest.mark.parametrize("switch", ["false", None])
def test_it_waits_for_nothing_where_nothing_is_traced(
    out: threading.Event, monkeypatch: pytest.MonkeyPatch, switch: str | None
) -> None:
    if switch is None:
        monkeypatch.delenv("LANGSMITH_TRACING")
    else:
        monkeypatch.setenv("LANGSMITH_TRACING", switch)
    assert flush_traces(0.01)


def test_it_imports_nothing_where_no_model_was_ever_asked(
    out: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "langchain_core.tracers.langchain")
    before = set(sys.modules)
    assert flush_traces(0.01)
    assert set(sys.modules) == before
