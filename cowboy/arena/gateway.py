"""The public side of the arena, one base URL for everything: page, `/v2`, stream (docs/wire.md#http)."""

from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route, Router, WebSocketRoute

from cowboy.arena.answers import ERROR_HANDLERS, Cors, answering
from cowboy.arena.chat import Speech
from cowboy.arena.commands import CommandQueue
from cowboy.arena.games import Games
from cowboy.arena.manager import manager_routes
from cowboy.arena.riders import Riders
from cowboy.arena.site import Site
from cowboy.arena.watcher import Watcher
from cowboy.game.wire.http import CommandRequest, SayRequest

COMMANDS_AT_ONCE = 32
"""A command waits for the broker. While the broker is down, other requests must still be answered."""

REMARKS_AT_ONCE = 4
"""A remark waits for the bot manager. However many come, neither that nor the arena has more of them to answer."""


def gateway_app(games: Games, commands: CommandQueue, watcher: Watcher, speech: Speech, riders: Riders) -> Starlette:
    """Nothing of `/internal` or `/health` is here: those paths show the page, like every path that is not known."""
    queueing, saying = CapacityLimiter(COMMANDS_AT_ONCE), CapacityLimiter(REMARKS_AT_ONCE)
    public = Router(
        [
            Route("/games/{game_id}/commands", answering(commands.put, CommandRequest, queueing), methods=["POST"]),
            Route("/games/{game_id}/talk", answering(speech.say, SayRequest, saying), methods=["POST"]),
            Route("/games/{game_id}/riders", answering(riders.show)),
            Route("/games/{game_id}/snapshot", watcher.show_snapshot),
            Route("/games/{game_id}/stream", watcher.refuse_plain_get),
            WebSocketRoute("/games/{game_id}/stream", watcher.stream),
            *manager_routes(games),
        ],
        redirect_slashes=False,
    )
    app = Starlette(
        routes=[Mount("/v2", public), Route("/{path:path}", Site(games.max_turns).show)],
        middleware=[Middleware(Cors)],
        exception_handlers=ERROR_HANDLERS,
    )
    app.router.redirect_slashes = False
    return app
