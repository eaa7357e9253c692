"""Whether a bot may play is the same for the scripts and for `Binding.refusal`, whatever its binding says."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from cowboy.game.outcomes import ClaimStatus, DecideStatus, Role
from cowboy.game.words import Direction
from cowboy.settings import Settings
from cowboy.state.bindings import Binding, BindingStatus, Pause
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame
from cowboy.state.keys import Keys
from cowboy.state.state import State
from cowboy.state.tables import Update
from cowboy.state.turns import TurnRef
from tests.tables import IDS, a_command, binding, table

pytestmark = pytest.mark.integration

TURN = TurnRef("g1", IDS[0], 1)

BOTS = [
    binding("g1", 0, status=status, acknowledged=acknowledged, pauses=pauses)
    for status, acknowledged, pauses in product(
        BindingStatus, (None, "v0", "v1"), ((), (Pause.BOT,), (Pause.GAME, Pause.INSTANCE))
    )
]


class Desk:
    """A game whose first turn is open; it is over for a late keeper."""

    def __init__(self, settings: Settings, redis: Redis, role: Role) -> None:
        self._redis, self._keys, self._state = redis, Keys(settings.key_prefix), State(settings, redis)
        self._seconds = -1 if role == Role.LATE_KEEPER else 60
        self.turns = self._state.turns

    def begin(self, bot: Binding) -> None:
        """The turn is open, unclaimed, and the bot's."""
        self._redis.delete(self._keys.claim("g1"))
        self._state.games.assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), [binding("g1", 0)])
        deadline = datetime.now(UTC) + timedelta(seconds=self._seconds)
        self._state.tables.store([Update(table("g1"), deadline, ())])
        self.becomes(bot)

    def becomes(self, bot: Binding) -> None:
        self._redis.hset(self._keys.bindings("g1"), bot.player_id, bot.model_dump_json())


@pytest.mark.parametrize("role", Role)
def test_a_claim_is_refused_for_what_the_binding_says(settings: Settings, redis: Redis, role: Role) -> None:
    desk = Desk(settings, redis, role)
    for bot in BOTS:
        desk.begin(bot)
        status, _ = desk.turns.claim(TURN, "holder", role)
        assert status == (bot.refusal(role) or ClaimStatus.CLAIMED), bot


@pytest.mark.parametrize("role", Role)
def test_a_decision_is_refused_for_what_the_binding_says_by_then(settings: Settings, redis: Redis, role: Role) -> None:
    desk = Desk(settings, redis, role)
    for bot in BOTS:
        desk.begin(binding("g1", 0))
        _, claim = desk.turns.claim(TURN, "holder", role)
        assert claim is not None
        desk.becomes(bot)
        assert desk.turns.decide(claim, a_command(TURN, Direction.UP)) == (bot.refusal(role) or DecideStatus.DECIDED), (
            bot
        )


def test_every_answer_is_among_those_that_were_compared() -> None:
    assert {bot.refusal(role) for bot in BOTS for role in Role} == {None, ClaimStatus.NOT_READY, ClaimStatus.PAUSED}
