"""The route of what asking models has cost."""

import pytest
from flask.testing import FlaskClient

from cowboy.models.quota import Asking, Terms, Usage
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from cowboy.state.providers import Providers

pytestmark = pytest.mark.integration

NOTHING = {"tokens_in": 0, "tokens_out": 0, "cost": 0.0, "answers": 0, "refused": 0}


def test_a_game_shows_what_each_of_its_bots_has_spent(api: FlaskClient, redis: Redis, settings: Settings) -> None:
    providers = Providers(redis, Keys(settings.key_prefix), 60)
    for bot_id in ("bot-1", "bot-2"):
        providers.answered(Asking("p", "default", "g1", bot_id, Terms(price_in=2.0)), Usage(900, 12))
    shown = api.get("/internal/v3/games/g1/usage").json
    each = {"tokens_in": 900, "tokens_out": 12, "cost": 0.0018, "answers": 1, "refused": 0}
    assert shown["bots"] == [{**each, "bot_id": "bot-1"}, {**each, "bot_id": "bot-2"}]
    assert (shown["tokens_in"], shown["cost"], shown["answers"]) == (1800, 0.0036, 2)


def test_an_unknown_game_has_spent_nothing(api: FlaskClient) -> None:
    shown = api.get("/internal/v3/games/nobodys/usage").json
    assert {name: shown[name] for name in NOTHING} == NOTHING
    assert shown["bots"] == []
