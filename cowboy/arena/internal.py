"""The internal side of the arena: for the bots' services and operators, not for the public (GAME_MANAGER_BIND)."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from cowboy.arena.answers import ERROR_HANDLERS, Cors, answering, json_response
from cowboy.arena.games import Games
from cowboy.arena.manager import manager_routes
from cowboy.game.wire.http import CommandRequest, FinishGame, Health


def internal_app(games: Games) -> Starlette:
    """`/health`, the manager's `/v2` routes, and `/internal/v2`."""
    app = Starlette(
        routes=[
            Route("/health", _health),
            Mount("/v2", Router(manager_routes(games), redirect_slashes=False)),
            Mount("/internal/v2", _internal_routes(games)),
        ],
        middleware=[Middleware(Cors)],
        exception_handlers=ERROR_HANDLERS,
    )
    app.router.redirect_slashes = False
    return app


def _internal_routes(games: Games) -> Router:
    return Router(
        [
            Route("/games/{game_id}/commands/apply", answering(games.apply, CommandRequest), methods=["POST"]),
            Route("/games/{game_id}/commands/process", answering(games.process, CommandRequest), methods=["POST"]),
            Route("/games/{game_id}/finish", answering(games.finish, FinishGame), methods=["POST"]),
        ],
        redirect_slashes=False,
    )


async def _health(_request: Request) -> Response:
    return json_response(Health(service="game-manager-service"))
