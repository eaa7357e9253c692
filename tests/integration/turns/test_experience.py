"""What its character learned reaches the brain that plays a bot's turn, and stands in the turn's transcript."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cowboy.characters.fact import Fact, Kind, Source, Subject, fingerprint
from cowboy.characters.knowledge import Knowledge
from cowboy.characters.record import Character
from cowboy.game.maps import default_grid
from cowboy.settings import Settings
from cowboy.state.character_leases import Wish
from cowboy.state.client import Redis, call_all
from cowboy.state.state import State
from cowboy.turns.player import TurnPlayer
from tests.integration.turns.desk import ME, Desk
from tests.tables import started

pytestmark = [pytest.mark.integration, pytest.mark.any_broker]

LOST = Fact({"lost": 7}, Source("earlier", 12, "Ida", 1_700_000_000_000))
TURNS = Fact({"turns": 30}, Source("earlier", 12, "Ida", 1_700_000_000_000))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"characters": "independent", "search_budget_nodes": 50})


@pytest.fixture
def worker(settings: Settings) -> Iterator[TurnPlayer]:
    made = TurnPlayer(State.of(settings))
    yield made
    made.close()


def somebody(state: State, game_id: str) -> dict[str, object]:
    """The change that makes a bot a character who knows a cell of the default map."""
    here = fingerprint(default_grid())
    facts = {Subject(Kind.DANGER, here, "0,5"): LOST, Subject(Kind.VISITED, here, "0,5"): TURNS}
    state.characters.take_over(Character(name="Ida", created_at=datetime.now(UTC)), Knowledge(facts))
    (claimed,) = state.character_leases.claim(Wish("i1", game_id, ME, "Ida"))
    assert claimed.rider is not None
    call_all(state.redis, state.knowledge.learning(started(game_id)))
    return {"character": claimed.rider, "brain": "search"}


def test_a_brain_that_wants_it_is_told_what_its_character_knows(desk: Desk, worker: TurnPlayer, redis: Redis) -> None:
    turn = desk.open_turn("g", **somebody(State(desk.settings, redis), "g"))
    worker.play(turn)
    transcript = desk.transcript(turn)
    assert transcript is not None
    assert transcript.experience is not None
    assert [(cell.row, cell.col, cell.turns, cell.lost) for cell in transcript.experience.cells] == [(0, 5, 30, 7)]


def test_a_bot_whose_character_another_seat_has_is_told_nothing(desk: Desk, worker: TurnPlayer, redis: Redis) -> None:
    state = State(desk.settings, redis)
    changes = somebody(state, "g")
    turn = desk.open_turn("g", **changes)
    redis.hset(state.keys.character(changes["character"].name.lower()), "holder", "99 another")  # type: ignore[attr-defined]
    worker.play(turn)
    transcript = desk.transcript(turn)
    assert transcript is None or transcript.experience is None


def test_a_brain_that_does_not_want_it_is_not_told(desk: Desk, worker: TurnPlayer, redis: Redis) -> None:
    turn = desk.open_turn("g", **somebody(State(desk.settings, redis), "g") | {"brain": "random"})
    worker.play(turn)
    transcript = desk.transcript(turn)
    assert transcript is not None
    assert transcript.experience is None


def test_a_bot_without_a_character_costs_no_look_up(desk: Desk, worker: TurnPlayer, redis: Redis) -> None:
    turn = desk.open_turn("g", brain="search")
    with redis.monitor() as monitor:
        worker.play(turn)
        redis.echo("played")
        asked = list(iter(lambda: str(monitor.next_command()["command"]), "ECHO played"))
    assert asked
    assert not [command for command in asked if "knowledge" in command]
    transcript = desk.transcript(turn)
    assert transcript is not None
    assert transcript.experience is None
