"""The greedy brain: one step ahead, in a fixed order of options."""

from cowboy.brains.brain import Context
from cowboy.brains.greedy import GreedyBrain
from cowboy.game.board import State
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction
from tests.unit.brains.situations import empty, facing, situation

UP, LEFT, DOWN, RIGHT = Direction


def decide(state: State) -> Action:
    return GreedyBrain().decide(situation(state), Context()).action


def test_a_shot_that_hits_is_taken() -> None:
    assert decide(empty(facing(3, 2, DOWN), facing(2, 5, UP))) == (CommandType.SHOOT, UP, None)


def test_of_two_shots_the_one_that_hits_more_is_taken() -> None:
    players = facing(3, 3, LEFT), facing(2, 0, UP), facing(4, 0, UP), facing(4, 6, UP)
    assert decide(empty(*players)) == (CommandType.SHOOT, DOWN, None)


def test_without_a_shot_it_walks_towards_the_nearest() -> None:
    assert decide(empty(facing(0, 3, UP), facing(6, 3, DOWN))) == (CommandType.MOVE, DOWN, None)
