"""Brains by name."""

import functools
from collections.abc import Callable

from cowboy.brains.brain import Brain
from cowboy.brains.chance import RandomBrain
from cowboy.brains.greedy import GreedyBrain
from cowboy.brains.search import SearchBrain
from cowboy.errors import BadRequest
from cowboy.settings import Settings

_BUILDERS: dict[str, Callable[[Settings], Brain]] = {
    GreedyBrain.name: lambda _settings: GreedyBrain(),
    RandomBrain.name: lambda _settings: RandomBrain(),
    SearchBrain.name: lambda settings: SearchBrain(settings.search_budget_ms, settings.search_budget_nodes),
}


def brain_names() -> tuple[str, ...]:
    """All brains there are, in alphabetical order."""
    return tuple(sorted(_BUILDERS))


@functools.cache
def shared_brain(name: str, settings: Settings) -> Brain:
    """The brain of that name that all bots of this process share. Raises `BadRequest` if there is none."""
    return build_brain(name, settings)


def build_brain(name: str, settings: Settings) -> Brain:
    """The brain of that name. Raises `BadRequest` if there is none."""
    if name not in _BUILDERS:
        raise BadRequest(f"there is no brain {name!r}; there are {', '.join(brain_names())}")
    return _BUILDERS[name](settings)
