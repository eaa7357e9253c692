"""`docs/wire.md` against the models and the routes: its examples are messages, and nothing is left out."""

import inspect
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any
from unittest.mock import Mock

import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from cowboy.arena.commands import CommandQueue
from cowboy.arena.games import Games
from cowboy.arena.gateway import gateway_app
from cowboy.arena.internal import internal_app
from cowboy.arena.riders import Riders
from cowboy.arena.starts import Starts
from cowboy.arena.watcher import Watcher
from cowboy.game import words
from cowboy.game.wire import http, messages, objects, stream, talk
from cowboy.game.wire.base import Wire
from cowboy.settings import Settings
from tests.unit.docs.pages import ROOT, Block, blocks, text_of

PAGE = ROOT / "docs/wire.md"
EXAMPLES = [block for block in blocks(PAGE) if block.language == "json"]

MODELS = {
    kind.__name__: kind
    for module in (http, messages, objects, stream, talk)
    for kind in vars(module).values()
    if inspect.isclass(kind) and issubclass(kind, Wire) and kind is not Wire
}
PARTS = {"Map", "PlayerIdentity", "PlayerState", "GameState", "SeatRider"}
"""Models that are shown inside others."""

WORDS = [
    kind
    for kind in vars(words).values()
    if inspect.isclass(kind) and issubclass(kind, StrEnum) and kind not in {StrEnum, words.Refusal}
]
"""All words but the reasons for refusals, which are not on Kafka or the stream."""

UNWIRED: Any = Mock()
"""In place of everything that only a request would need."""


@pytest.mark.parametrize("example", EXAMPLES, ids=[block.title for block in EXAMPLES])
def test_an_example_is_read_and_written_back_as_it_stands(example: Block) -> None:
    shown = json.loads(example.content)
    written = json.loads(MODELS[example.title].model_validate_json(example.content).to_json())
    assert {field: written.get(field, "unknown to the model") for field in shown} == shown


def test_every_message_has_an_example() -> None:
    assert {block.title for block in EXAMPLES} == MODELS.keys() - PARTS


@pytest.mark.parametrize("name", MODELS)
def test_every_field_of_a_message_is_named(name: str) -> None:
    text = text_of(PAGE)
    assert [field for field in MODELS[name].model_fields if f'"{field}"' not in text and f"`{field}`" not in text] == []


@pytest.mark.parametrize("kind", WORDS, ids=[kind.__name__ for kind in WORDS])
def test_every_word_is_named(kind: type[StrEnum]) -> None:
    assert [word for word in kind if f"`{word}`" not in text_of(PAGE)] == []


def test_every_route_is_named_with_the_side_it_is_on() -> None:
    games = Games(*[UNWIRED] * 4, Starts(), UNWIRED, 1000, *[UNWIRED] * 4)
    riders = Riders(UNWIRED, are_wanted=False)
    public = gateway_app(games, CommandQueue(*[UNWIRED] * 3), Watcher(Settings(), *[UNWIRED] * 3), UNWIRED, riders)
    sides = {"public": set(routes_of(public)), "internal": set(routes_of(internal_app(games)))}

    for route in sides["public"] | sides["internal"]:
        here = [side for side, routes in sides.items() if route in routes]
        side = "both" if len(here) == 2 else here[0]
        assert f"| `{route}` | {side} |" in text_of(PAGE)


def routes_of(app: Starlette) -> Iterator[str]:
    """`METHOD /path` of each route, the page's own left out."""
    return (route for route in _flat(app.routes, "") if "{path" not in route)


def _flat(routes: Iterable[BaseRoute], prefix: str) -> Iterator[str]:
    for route in routes:
        match route:
            case Mount():
                yield from _flat(route.routes, prefix + route.path)
            case Route():
                method = "POST" if "POST" in (route.methods or ()) else "GET"
                yield f"{method} {prefix}{route.path}"
            case WebSocketRoute():
                yield f"GET {prefix}{route.path}"
