"""The Flask application of the bot manager. This is the only place where it is wired."""

from typing import Any

from flask import redirect
from flask_openapi3 import Info, OpenAPI, Server

from cowboy import __version__
from cowboy.bots.services import Services
from cowboy.models.profiles import Profiles
from cowboy.settings import Settings
from cowboy.state.state import State
from manager_api import assignments, bots, characters, games, health, instances, knowledge, talk, turns, usage
from manager_api.failures import answer_failures, explain_validation
from manager_api.gate import guard
from manager_api.idempotency import repeat_answers
from manager_api.names import name_requests
from manager_api.readiness import PATIENCE_SECONDS, Readiness
from manager_api.schemas.base import ErrorView

MAX_BODY_BYTES = 1024 * 1024
"""A step event as large as a Kafka message may be (COWBOY_MAX_MESSAGE_BYTES) fits in, with what is around it."""

ABOUT = (
    "Which bot sits on which seat, and how the bots are. Everything that changes something can be repeated without "
    "harm; with the header `Idempotency-Key` a POST or DELETE sent again gets the first answer again, for a day."
)


def create_app(settings: Settings, profiles: Profiles | None = None) -> OpenAPI:
    """The application for `settings` and the LLM profiles there are. Nothing is connected before it is needed."""
    security: dict[str, Any] = {"token": {"type": "http", "scheme": "bearer"}} if settings.manager_token else {}
    app = OpenAPI(
        "manager_api",
        info=Info(title="Cowboy bot manager", version=__version__, description=ABOUT),
        # As seen from the document: a reverse proxy may have put the whole under a path.
        servers=[Server(url="..")],
        security_schemes=security,
        validation_error_callback=explain_validation,
        validation_error_model=ErrorView,
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # What Flask redirects by itself, to join slashes or add one, it redirects to the root, whatever is before it.
    app.url_map.merge_slashes = False
    app.add_url_rule("/openapi", "openapi_page", lambda: redirect("openapi/", 308))
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    state = State.of(settings)
    # What is asked about health has to say in time that it does not know.
    impatient = State.of(settings, patience_seconds=PATIENCE_SECONDS, retries=0)
    app.extensions["settings"] = settings
    app.extensions["profiles"] = profiles or Profiles()
    app.extensions["services"] = Services.of(state, app.extensions["profiles"])
    app.extensions["players"] = state.players
    app.extensions["records"] = state.records
    app.extensions["transcripts"] = state.transcripts
    app.extensions["characters"] = state.characters
    app.extensions["character_leases"] = state.character_leases
    app.extensions["usages"] = state.usages
    app.extensions["knowledge"] = state.knowledge
    app.extensions["readiness"] = Readiness(impatient, app.extensions["services"].game_manager)
    name_requests(app)
    guard(app, settings)
    repeat_answers(app, state.answers)
    answer_failures(app)
    for part in (health, assignments, bots, characters, games, instances, knowledge, talk, turns, usage):
        app.register_api(part.blueprint)
    return app
