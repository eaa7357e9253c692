"""The board in words says what the rules say."""

import pytest

from cowboy.brains.conformance import reachable
from cowboy.brains.llm.answer import read_answer
from cowboy.brains.llm.briefing import brief, name_of, options_of
from cowboy.brains.llm.completion import Said
from cowboy.game import rules
from cowboy.game.words import Direction
from tests.unit.brains.situations import empty, facing

DUEL = empty(facing(3, 3, Direction.LEFT), facing(5, 4, Direction.DOWN, hp=4), facing(0, 0, Direction.UP, hp=0))


@pytest.mark.parametrize("seed", range(10))
def test_the_list_is_of_the_legal_commands_in_every_state_that_play_can_reach(seed: int) -> None:
    for state in reachable(seed):
        options = options_of(state)
        assert sorted(options) == sorted(rules.legal_actions(state))
        lines = brief(state, options).splitlines()
        for number, action in enumerate(options, start=1):
            assert f"\n{number}. {name_of(action)}: " in "\n" + "\n".join(lines)
            assert read_answer(Said(name_of(action)), options).action == action


def test_a_shot_that_hits_is_said_with_what_it_does() -> None:
    assert "shoot right: hits B (3 hp left); then B could hit you" in brief(DUEL, options_of(DUEL))


def test_who_could_hit_us_is_said_now_and_after_each_command() -> None:
    said = brief(DUEL, options_of(DUEL))
    assert "- B: row 5, column 4, 4 hp, shield down; could hit you now by shooting left." in said
    assert "shield down: your shield turns down; then nobody could hit you" in said


def test_the_dead_are_not_spoken_of() -> None:
    assert "- C" not in brief(DUEL, options_of(DUEL))
