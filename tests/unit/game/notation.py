"""How these tests write positions, actions and whole games down. Holds no expectations of its own.

A(3,2,down,10) B(2,4,up,9)      players as (row, column, shield, HP); 0 HP is a dead one
{(2, 3): 1}                     the cells that are not empty
shoot up · speak · timeout      actions; a speech says something
"""

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple

from cowboy.game import rules
from cowboy.game.board import Grid, Player, State, new_state
from cowboy.game.maps import generate_grid
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction, Refusal

_PLAYER = re.compile(r"([A-D])\((\d+),(\d+),(\w+),(\d+)\)")


def grid(rows: int, cols: int, blocks: Mapping[tuple[int, int], int]) -> Grid:
    """A map that is empty but for `blocks`."""
    return Grid(rows, cols, tuple(blocks.get((row, col), 0) for row in range(rows) for col in range(cols)))


def position(
    players: str,
    blocks: Mapping[tuple[int, int], int] | None = None,
    *,
    rows: int = 5,
    cols: int = 5,
    current: str = "A",
    turn: int = 1,
    round_no: int = 1,
) -> State:
    """The state that the notation describes."""
    pieces = tuple(
        Player(int(row), int(col), Direction(shield), int(hp))
        for _, row, col, shield, hp in sorted(_PLAYER.findall(players))
    )
    return State(grid(rows, cols, blocks or {}), pieces, "ABCD".index(current), turn, round_no)


def action(words: str) -> Action:
    """The action that the words describe."""
    kind, _, direction = words.partition(" ")
    text = "Draw!" if kind == "speak" else None
    return Action(CommandType(kind), Direction(direction) if direction else None, text)


def played(state: State, *turns: str) -> State:
    """The state after some actions, each of which has to be legal."""
    for words in turns:
        following = rules.apply(state, action(words))
        assert not isinstance(following, Refusal), f"{words} was refused: {following}"
        state = following
    return state


class Step(NamedTuple):
    before: State
    action: Action
    after: State


def random_game(random: Random, seats: int, side: int = 7) -> Iterator[Step]:
    """A game of legal actions from its start to its last survivor. Players who can hit somebody mostly do."""
    state = new_state(generate_grid(random, seats, side, side), seats)
    while state.winner is None or state.turn_no == 1:
        chosen = _choice(random, state)
        following = rules.apply(state, chosen)
        assert isinstance(following, State)
        yield Step(state, chosen, following)
        state = following


def _choice(random: Random, state: State) -> Action:
    if random.random() < 0.1:
        return action(random.choice(("speak", "timeout")))
    legal = list(rules.legal_actions(state))
    shots = [one for one in legal if one.kind == CommandType.SHOOT and one.direction]
    hits = [one for one in shots if one.direction and rules.shot_hits(state, one.direction)]
    return random.choice(hits if hits and random.random() < 0.8 else legal)
