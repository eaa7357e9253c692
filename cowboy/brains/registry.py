"""Brains by name: ours, and those that other packages bring.

A package brings a brain with an entry point in the group `cowboy.brains`: its name is the brain's, its object is
called with the `Settings` and returns a `Brain`. Nothing of a package is imported before its brain is asked for, so a
broken package affects only its own brains. What is installed is looked up once in a process's life.
"""

import functools
import re
from collections.abc import Callable
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from threading import Lock
from typing import NamedTuple

from cowboy.brains.brain import Brain
from cowboy.brains.chance import RandomBrain
from cowboy.brains.greedy import GreedyBrain
from cowboy.brains.llm import LLM
from cowboy.brains.search import LEVELS, SearchBrain
from cowboy.errors import BadPlugin, BadRequest
from cowboy.game.words import BRAIN_NAME_PATTERN
from cowboy.settings import Settings

GROUP = "cowboy.brains"

OURS = "Cowboy itself"
"""Source of the brains that are not brought by a package."""

Builder = Callable[[Settings], Brain]


def _build_llm(settings: Settings) -> Brain:
    from cowboy.brains.llm.brain import LlmBrain  # noqa: PLC0415  # a second and 100 MB, for those who play by models

    return LlmBrain(settings)


def _build_search(level: str, settings: Settings) -> Brain:
    return SearchBrain(settings.search_budget_ms, settings.search_budget_nodes, level)


_BUILDERS: dict[str, Builder] = {
    GreedyBrain.name: lambda _settings: GreedyBrain(),
    LLM: _build_llm,
    RandomBrain.name: lambda _settings: RandomBrain(),
    **{level: partial(_build_search, level) for level in LEVELS},
}
"""Our own."""

_locks: dict[str, Lock] = {}
"""One lock for each name: building one brain may take long, and must not hold up turns of another."""


class Offer(NamedTuple):
    """A brain that can be built: its source in words, and how its builder is loaded."""

    source: str
    load: Callable[[], Builder]


def brain_names() -> tuple[str, ...]:
    """All brains there are, in alphabetical order; whether one can be built shows when it is asked for."""
    return tuple(sorted(_offers()))


def shared_brain(name: str, settings: Settings) -> Brain:
    """The brain of that name that all bots of this process share. Raises as `build_brain` does."""
    with _locks.setdefault(name, Lock()):
        return _built_once(name, settings)


def build_brain(name: str, settings: Settings) -> Brain:
    """The brain of that name. Raises `BadRequest` if there is none, `BadPlugin` if its package is at fault."""
    offers = _offers().get(name)
    if offers is None:
        raise BadRequest(f"there is no brain {name!r}; there are {', '.join(brain_names())}")
    sources = " and ".join(offer.source for offer in offers)
    if not re.fullmatch(BRAIN_NAME_PATTERN, name):
        raise BadPlugin(f"{sources} brings a brain under the name {name!r}, which must match {BRAIN_NAME_PATTERN}")
    if len(offers) > 1:
        # Neither is taken: which one played would depend on what else is installed.
        raise BadPlugin(f"brain {name!r} is brought by {sources}; uninstall one, or rename its entry point")
    return _build(name, offers[0], settings)


def _build(name: str, offer: Offer, settings: Settings) -> Brain:
    try:
        brain: object = offer.load()(settings)
    except Exception as error:  # a package may be anybody's; whatever it raises, the remedy is there
        if offer.source == OURS:
            raise  # one of ours says itself what is wrong
        raise BadPlugin(
            f"brain {name!r} of {offer.source} cannot be built: {type(error).__name__}: {error}; mend or uninstall it"
        ) from error
    if not isinstance(brain, Brain):
        raise BadPlugin(
            f"brain {name!r} of {offer.source} is a {type(brain).__name__}, not a cowboy.brains.brain.Brain"
        )
    called = getattr(brain, "name", None)
    if called != name:
        # Logs name a brain as it calls itself, assignments as it is registered: these must be one.
        raise BadPlugin(f"brain {name!r} of {offer.source} calls itself {called!r}; set its class's `name`")
    return brain


@functools.cache
def _built_once(name: str, settings: Settings) -> Brain:
    return build_brain(name, settings)


@functools.cache
def _offers() -> dict[str, tuple[Offer, ...]]:
    """All offers by name, as they were when this process first asked: reading what is installed takes a while."""
    offers: dict[str, tuple[Offer, ...]] = {name: (_ours(builder),) for name, builder in _BUILDERS.items()}
    for point in sorted(entry_points(group=GROUP)):
        offers[point.name] = (*offers.get(point.name, ()), Offer(_source(point), point.load))
    return offers


def _ours(builder: Builder) -> Offer:
    return Offer(OURS, lambda: builder)


def _source(point: EntryPoint) -> str:
    package = "an unknown package" if point.dist is None else f"package {point.dist.name} {point.dist.version}"
    return f"{package} (entry point {point.name} = {point.value})"
