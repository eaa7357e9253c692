"""Characters learn from the topics, whatever becomes of the bridges that read them."""

import pytest

from cowboy.characters.fact import fingerprint
from cowboy.characters.knowledge import Company, Knowledge, Witness, learn
from cowboy.characters.record import Rider
from cowboy.characters.watch import Watch, see
from cowboy.game.board import State as Board
from cowboy.game.board import new_state
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import CommandType, Direction
from cowboy.settings import Settings
from cowboy.state.character_leases import Wish
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame
from cowboy.state.state import State
from cowboy.state.tables import Position
from tests.integration.consumers.rig import Rig, bridging
from tests.tables import IDS, binding, started, step
from tests.unit.brains.situations import facing

pytestmark = pytest.mark.integration

UP, LEFT, DOWN, RIGHT = Direction
SHOOT_UP = Action(CommandType.SHOOT, UP)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"characters": "inherit_on_death"})


@pytest.fixture
def riders(settings: Settings, redis: Redis) -> dict[str, Rider]:
    """Characters for the seats B, C and D of game g."""
    state = State(settings, redis)
    claimed = state.character_leases.claim(*(Wish("i1", "g", IDS[seat]) for seat in (1, 2, 3)))
    return {player: one.rider for player, one in zip(IDS[1:], claimed, strict=True) if one.rider is not None}


def events() -> list[StepEvent]:
    """A person's shots up hit B again and again, who stays; C and D turn their shields."""
    board: Board = new_state(default_grid(), 4)
    players = (facing(9, 4, DOWN), facing(8, 6, UP), facing(0, 0, UP), facing(0, 10, UP))
    board = board._replace(players=players)
    game = [started("g", board)]
    for number in range(24):
        action = SHOOT_UP if number % 4 == 0 else Action(CommandType.SHIELD, UP)
        board, event = step("g", board, action)
        game.append(event)
    return game


def purely(game: list[StepEvent], riders: dict[str, Rider]) -> dict[str, Knowledge]:
    """What the three know if every event is seen once."""
    scopes = {rider.name.lower(): Knowledge() for rider in riders.values()}
    keys = {IDS[0]: "person:A"} | {player: rider.name.lower() for player, rider in riders.items()}
    witnesses = {player: Witness(rider.name, rider.name.lower()) for player, rider in riders.items()}
    company = Company("g", fingerprint(default_grid()), witnesses, keys)
    watch: Watch | None = None
    for event in game:
        watch, seen = see(watch, event)
        if seen is not None:
            learn(scopes, company, seen)
    return scopes


def test_each_event_is_learned_once_though_bridges_change_and_everything_is_read_again(
    settings: Settings, redis: Redis, rig: Rig, riders: dict[str, Rider]
) -> None:
    state, game = State(settings, redis), events()
    rig.create("g")
    bots = [binding("g", seat, character=riders[IDS[seat]]) for seat in (1, 2, 3)]
    rig.games.assign(AssignedGame(game_id="g", turn_timeout_seconds=60), bots)
    with bridging(settings):
        rig.read_up_to("g", rig.send("g", *game[:13]))
    with bridging(settings):
        rig.read_up_to("g", rig.send("g", *game[13:17]))
    rig.tables.store_positions([Position("g", 0, 0)])
    with bridging(settings):
        rig.read_up_to("g", rig.send("g", *game[17:]))
    expected = purely(game, riders)
    assert any(fact.counts.get("lost") == 5 for fact in expected[riders[IDS[1]].name.lower()].facts.values())
    for name, knowledge in expected.items():
        assert state.knowledge.of_scope(name).facts == knowledge.facts
