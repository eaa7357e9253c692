"""What every brain owes: a legal action in every state, the same for the same seed, within its budget; and an answer
to a lesson."""

import pytest

from cowboy.brains.brain import Brain
from cowboy.brains.registry import brain_names, build_brain
from cowboy.errors import BadRequest, Unteachable
from cowboy.game import rules
from cowboy.game.guide import GUIDE_VERSION, lesson_for
from cowboy.game.wire.lesson import CommandSchema, Lesson
from cowboy.game.words import RESERVED, Refusal
from cowboy.settings import Settings
from tests.tables import game
from tests.unit.brains.situations import reachable, situation

NODES = 30


@pytest.fixture(params=brain_names())
def brain(request: pytest.FixtureRequest) -> Brain:
    return build_brain(request.param, Settings(search_budget_nodes=NODES))


@pytest.mark.parametrize("seed", range(30))
def test_every_decision_is_legal_in_every_state_that_play_can_reach(brain: Brain, seed: int) -> None:
    for state in reachable(seed):
        action = brain.decide(situation(state, seed=seed)).action
        assert action.kind not in RESERVED
        assert not isinstance(rules.apply(state, action), Refusal), f"{action} in {state}"


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_gives_the_same_decision(brain: Brain, seed: int) -> None:
    for state in reachable(seed):
        first, second = (brain.decide(situation(state, seed=seed)) for _ in range(2))
        assert first == second


def test_another_seed_gives_another_decision_somewhere(brain: Brain) -> None:
    states = [state for state in reachable(1) if len(list(rules.legal_actions(state))) > 4]
    assert any(len({brain.decide(situation(state, seed=seed)).action for seed in range(20)}) > 1 for state in states)


def test_no_time_left_still_gives_a_legal_decision(brain: Brain) -> None:
    for state in reachable(3):
        action = brain.decide(situation(state, seconds=-1.0)).action
        assert not isinstance(rules.apply(state, action), Refusal)


def lessons() -> list[Lesson]:
    """One for each seat of a game on the default map."""
    played = game("g1")
    return [lesson_for(played, played.turn_timeout_seconds, player, GUIDE_VERSION) for player in played.state.players]


def test_the_lesson_of_every_seat_is_acknowledged(brain: Brain) -> None:
    for lesson in lessons():
        brain.learn(lesson)


def test_a_lesson_about_a_game_without_the_seat_is_refused(brain: Brain) -> None:
    lesson = lessons()[0].model_copy(update={"player_id": "a stranger"})
    with pytest.raises(Unteachable, match="'a stranger' is not in its snapshot"):
        brain.learn(lesson)


def test_a_lesson_without_shields_is_refused(brain: Brain) -> None:
    lesson = lessons()[0].model_copy(update={"command_schema": CommandSchema(allowed=("move", "shoot", "speak"))})
    with pytest.raises(Unteachable, match=f"brain '{brain.name}' cannot play by guide 'v1': its commands lack shield"):
        brain.learn(lesson)


def test_an_unknown_brain_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(BadRequest, match="no brain 'genius'; there are greedy, random, search"):
        build_brain("genius", Settings())
