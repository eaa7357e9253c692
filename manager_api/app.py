"""The Flask application of the bot manager. This is the only place where it is wired."""

from typing import Any

from flask_openapi3 import Info, OpenAPI

from cowboy import __version__
from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.keys import Keys
from cowboy.state.records import Records
from manager_api import assignments, health, turns
from manager_api.assigner import Assigner
from manager_api.failures import answer_failures, explain_validation
from manager_api.gate import guard
from manager_api.schemas import ErrorView

MAX_BODY_BYTES = 64 * 1024


def create_app(settings: Settings) -> OpenAPI:
    """The application for `settings`. Nothing is connected before the first request needs it."""
    security: dict[str, Any] = {"token": {"type": "http", "scheme": "bearer"}} if settings.manager_token else {}
    app = OpenAPI(
        "manager_api",
        info=Info(title="Cowboy bot manager", version=__version__),
        security_schemes=security,
        validation_error_callback=explain_validation,
        validation_error_model=ErrorView,
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.extensions["assigner"] = Assigner(settings)
    app.extensions["records"] = Records(connect(settings), Keys(settings.key_prefix))
    guard(app, settings)
    answer_failures(app)
    for part in (health, assignments, turns):
        app.register_api(part.blueprint)
    return app
