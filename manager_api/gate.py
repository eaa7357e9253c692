"""What every request passes before its route: the bearer token, and that a body is JSON."""

import hmac
import inspect

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest, Unauthorized, UnsupportedMediaType

from cowboy.settings import Settings

OPEN_PATHS = ("/health", "/openapi")
"""Paths that need no token: they tell nothing about any game."""


def guard(app: Flask, settings: Settings) -> None:
    """Have every request of `app` checked."""

    @app.before_request
    def _check() -> None:
        if not request.path.startswith(OPEN_PATHS) and not has_token(settings):
            raise Unauthorized("a bearer token is needed: Authorization: Bearer <COWBOY_MANAGER_TOKEN>")
        if _takes_body():
            _check_body()


def has_token(settings: Settings) -> bool:
    """Whether this request has the token, or none is wanted."""
    if settings.manager_token is None:
        return True
    given = request.authorization.token if request.authorization else None
    return hmac.compare_digest((given or "").encode(), settings.manager_token.get_secret_value().encode())


def _takes_body() -> bool:
    """Whether the route has a body at all; the framework hands it over under this name."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and "body" in inspect.signature(view).parameters


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
