"""The game manager's public routes (docs/wire.md#http), for the gateway and the internal side alike."""

from anyio import CapacityLimiter
from starlette.routing import BaseRoute, Route

from cowboy.arena.answers import answering
from cowboy.arena.games import Games
from cowboy.game.wire.http import CreateGame

CREATIONS_AT_ONCE = 16
"""A creation waits for the bot manager, which asks for the game meanwhile: that question must find a free thread."""


def manager_routes(games: Games) -> list[BaseRoute]:
    """Routes below `/v2`."""
    creating = CapacityLimiter(CREATIONS_AT_ONCE)
    return [
        Route("/games", answering(games.create, CreateGame, creating), methods=["POST"]),
        Route("/games/{game_id}", answering(games.get)),
        Route("/games/{game_id}/start", answering(games.start, first=games.starts.enter), methods=["POST"]),
        Route("/maps/default", answering(games.show_default_map)),
    ]
