"""What every request passes before its route: the bearer token, and that a body is JSON."""

import hmac

from flask import Flask, request
from werkzeug.exceptions import BadRequest, Unauthorized, UnsupportedMediaType

from cowboy.settings import Settings

OPEN_PATHS = ("/health", "/openapi")
"""Readable without a token: they tell nothing about any game."""


def guard(app: Flask, settings: Settings) -> None:
    """Have every request of `app` checked."""
    token = settings.manager_token.get_secret_value() if settings.manager_token else None

    @app.before_request
    def _check() -> None:
        if token is not None and not request.path.startswith(OPEN_PATHS):
            _check_token(token)
        if request.method in {"POST", "PUT", "PATCH"}:
            _check_body()


def _check_token(token: str) -> None:
    given = request.authorization.token if request.authorization else None
    if not hmac.compare_digest((given or "").encode(), token.encode()):
        raise Unauthorized("a bearer token is needed: Authorization: Bearer <COWBOY_MANAGER_TOKEN>")


def _check_body() -> None:
    if not request.is_json:
        raise UnsupportedMediaType("Content-Type must be application/json")
    if not _is_json_object():
        raise BadRequest("the body must be a JSON object; send {} where there is nothing to say")


def _is_json_object() -> bool:
    try:
        return isinstance(request.get_json(silent=True), dict)
    except RecursionError:  # nested deeper than the parser goes
        return False
