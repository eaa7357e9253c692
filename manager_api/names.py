"""What a request is about stands on every log line of it."""

from flask import Flask, request
from structlog.contextvars import bind_contextvars, clear_contextvars

NAMES = {"game_id": "game_id", "bot_id": "bot_id", "name": "instance"}
"""Part of a route's path → name on the log lines."""
MOST_CHARACTERS = 200
"""Of a name, which may be anything that somebody asks for."""


def name_requests(app: Flask) -> None:
    """Have the log lines of each request of `app` carry the names in its path, and those of the next none of them."""

    @app.before_request
    def _bind() -> None:
        path = request.view_args or {}
        bind_contextvars(**{NAMES[part]: str(path[part])[:MOST_CHARACTERS] for part in NAMES.keys() & path})

    @app.teardown_request
    def _clear(_error: BaseException | None) -> None:
        clear_contextvars()
