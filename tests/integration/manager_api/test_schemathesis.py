"""Requests made up from the OpenAPI document: none crashes the server, no answer is one that it does not tell of."""

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as how
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from cowboy.settings import Settings
from tests.integration.manager_api.conftest import GAME, post
from tests.tables import IDS

pytestmark = pytest.mark.integration

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
FEW = how(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
KNOWN = {"game_id": GAME, "bot_id": "bot-1", "name": "i1", "turn_no": 1}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Instances, which beat once here, live as long as the test takes."""
    return settings.model_copy(update={"heartbeat_seconds": 60})


@pytest.fixture
def document(deaf: FlaskClient) -> BaseSchema:
    return schemathesis.openapi.from_wsgi("/openapi/openapi.json", deaf.application)


def test_made_up_requests_get_answers_that_the_document_tells_of(document: BaseSchema, deaf: FlaskClient) -> None:
    for operation in document.get_all_operations():

        @given(operation.ok().as_strategy())
        @FEW
        def check(case: Case) -> None:
            case.call_and_validate(checks=CHECKS)
            if case.path_parameters:  # and once more, for a game, an instance and a bot that are there
                post(deaf, f"/internal/v3/games/{GAME}/bindings", {"player_id": IDS[1], "bot_id": "bot-1"})
                post(deaf, "/internal/v3/instances/i1/resume", {})
                case.path_parameters = {name: KNOWN[name] for name in case.path_parameters}
                case.call_and_validate(checks=CHECKS)

        check()
