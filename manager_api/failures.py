"""From exceptions to answers: always `{"error": "<text>"}`, never a stack trace."""

import structlog
from flask import Flask, Response, jsonify, make_response
from flask_openapi3.types import ResponseDict
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from cowboy.errors import CallerError, WorldError
from cowboy.errors.validation import first_fault
from manager_api.schemas.base import ErrorView

log = structlog.get_logger(__name__)

READING: ResponseDict = dict.fromkeys((401, 404, 422, 500, 502, 503), ErrorView)
"""How a route that changes nothing can refuse, for the OpenAPI document."""
CHANGING: ResponseDict = dict.fromkeys((400, 401, 404, 409, 413, 415, 422, 500, 502, 503), ErrorView)
"""How a route that changes something can."""


def answer_failures(app: Flask) -> None:
    """Have `app` answer every kind of failure in the one form."""

    @app.errorhandler(CallerError)
    def _caller(error: CallerError) -> tuple[Response, int]:
        answer, status = _answer(str(error), error.status)
        if error.wait_seconds is not None:
            answer.headers["Retry-After"] = str(error.wait_seconds)
        return answer, status

    @app.errorhandler(WorldError)
    def _world(error: WorldError) -> tuple[Response, int]:
        log.warning("request_failed", error=str(error))
        return _answer(str(error), error.status)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> tuple[Response, int]:
        return _answer(error.description or error.name, error.code or 500)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> tuple[Response, int]:
        log.error("request_crashed", exc_info=error)
        return _answer("internal error; the server's log says more", 500)


def explain_validation(error: ValidationError) -> Response:
    """The first field that is wrong, and how; what was sent is not repeated."""
    return make_response(*_answer(first_fault(error, "body"), 422))


def _answer(text: str, status: int) -> tuple[Response, int]:
    return jsonify({"error": text[:1000]}), status
