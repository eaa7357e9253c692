"""The `search` brain: looks two of its own turns ahead, with a model of what the others do meanwhile.

    our action ─► each opponent's reply ─► our action ─► each opponent's reply ─► how things stand

Branching over the actions of all players would hardly reach the next turn. So every opponent has one reply: the shot
that hurts most, else nothing. A near gain counts more than a far one (`PATIENCE`), so that the brain takes it now. The
longer a game lasts, the more the brain prefers its end (`URGE_ROUNDS`), because careful players would never end it.
"""

import time
from dataclasses import dataclass
from random import Random

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.brains.experience import Lore, lore_of
from cowboy.brains.sight import shots_at
from cowboy.game import rules
from cowboy.game.board import Player, State
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction, Refusal

DEEPEST = 1
"""Own turns looked ahead beyond the one to decide.

More makes it weaker: the model's opponents never walk, so that far ahead waiting looks free and good chances look as if
they stayed. Of twenty games against one `greedy`, 1 won all, in 134 turns a game; 2 won nine, in 623, the others drawn.
"""

PATIENCE = 0.9
"""What a gain is worth if it comes one own turn later."""

URGE_ROUNDS = 25
"""After this many rounds, enemies' HP, shots and distances weigh twice as much.

With four times as many, eight of eight games among four of these were drawn after a thousand turns; with this, none of
four.
"""

LATE_ROUND = 100
"""From this round on turning the shield has a price, and dying costs less, more so with each round."""

CLOCK_EVERY_NODES = 16

# Worth in HP of our own. Found by play against `greedy` on seeded random maps.
WIN, DEATH, KILL = 20.0, 20.0, 1.0
ENEMY_HP = 0.7
BLOCK = 0.02
THREAT, FURTHER_THREAT = 0.3, 0.6
SHOT = 0.5
OFF_LINE, DISTANCE = 0.05, 0.03
SHIELD_PRICE = 0.3

_SHOTS = {direction: Action(CommandType.SHOOT, direction) for direction in Direction}
_NOTHING = Action(CommandType.TIMEOUT)


class SearchBrain(Brain):
    """Iterative deepening within a budget of time, or of positions looked at.

    With a budget in positions the same situation and seed give the same move on every machine.
    """

    name = "search"
    speaks = False
    wants_experience = True

    def __init__(self, budget_ms: int, budget_nodes: int | None = None) -> None:
        self._budget_seconds = budget_ms / 1000
        self._budget_nodes = budget_nodes

    def decide(self, situation: Situation, context: Context) -> Decision:
        """The best action found. Figures: positions looked at, own turns looked ahead."""
        del context
        state = situation.table.to_board()
        actions = _worthwhile(state)
        Random(situation.seed).shuffle(actions)  # noqa: S311  # equals are decided by chance, not by order
        lore = lore_of(situation.experience, state.grid.cols)
        search = _Search(state, self._budget(situation.seconds_left), lore)
        best, depth = search.best(actions)
        return Decision(best, {"nodes": search.budget.spent, "depth": depth})

    def _budget(self, seconds_left: float) -> "_Budget":
        if self._budget_nodes is not None:
            return _Budget(nodes=self._budget_nodes, deadline=time.monotonic() + seconds_left)
        return _Budget(nodes=None, deadline=time.monotonic() + min(self._budget_seconds, seconds_left))


class _OutOfBudget(Exception):
    pass


@dataclass
class _Budget:
    """Positions that may be looked at, and until when (monotonic clock)."""

    nodes: int | None
    deadline: float
    spent: int = 0

    def spend(self) -> None:
        """One position. Raises `_OutOfBudget` when there is nothing left."""
        if self.nodes is not None and self.spent >= self.nodes:
            raise _OutOfBudget
        if self.spent % CLOCK_EVERY_NODES == 0 and time.monotonic() >= self.deadline:
            raise _OutOfBudget
        self.spent += 1


class _Search:
    """One decision."""

    def __init__(self, state: State, budget: _Budget, lore: Lore) -> None:
        self.budget = budget
        self._lore = lore
        self._state = state
        self._me = state.current
        self._urge = 1 + state.round_no / URGE_ROUNDS
        self._late = max(0, state.round_no - LATE_ROUND) / URGE_ROUNDS

    def best(self, actions: list[Action]) -> tuple[Action, int]:
        """The best of `actions`, and how many own turns ahead that was looked: complete looks only."""
        chosen, depth = actions[0], -1
        try:
            for ahead in range(DEEPEST + 1):
                chosen = self._best_at(actions, ahead)
                depth = ahead
                # Looked at first next time: an unfinished look is thrown away anyway, this only saves sorting.
                actions.sort(key=lambda action: action is not chosen)
        except _OutOfBudget:
            pass
        return chosen, depth

    def _best_at(self, actions: list[Action], ahead: int) -> Action:
        standing = self._material(self._state)
        return max(
            actions, key=lambda action: self._value(_after(self._state, action), ahead, standing) - self._price(action)
        )

    def _price(self, action: Action) -> float:
        """Turning the shield is free, until late: two players could turn theirs at each other for ever."""
        return SHIELD_PRICE * self._late if action.kind is CommandType.SHIELD else 0.0

    def _value(self, state: State, ahead: int, material_before: float) -> float:
        """What a state is worth to us: what was gained on the way here, and what can be gained from here on."""
        self.budget.spend()
        state = self._others_reply(state)
        material = self._material(state)
        gained = material - material_before
        if not state.players[self._me].alive or state.winner is not None:
            return gained
        if ahead == 0:
            return gained + PATIENCE * self._position(state)
        return gained + PATIENCE * max(
            self._value(_after(state, action), ahead - 1, material) for action in _worthwhile(state)
        )

    def _others_reply(self, state: State) -> State:
        """Let everybody else act until it is our turn again, or nobody has anything more to decide."""
        while state.current != self._me and state.players[self._me].alive and state.winner is None:
            state = _after(state, self._reply(state))
        return state

    def _reply(self, state: State) -> Action:
        """The expected action of an opponent: the shot that hurts most, us rather than others; else nothing."""
        shooter, standing = state.current, state.standing
        harm: dict[Direction, float] = {}
        for seat in state.alive:
            if seat != shooter:
                for direction in shots_at(state, standing, shooter, seat):
                    harm[direction] = harm.get(direction, 0) + (1.5 if seat == self._me else 1)
        return _SHOTS[max(harm, key=harm.__getitem__)] if harm else _NOTHING

    def _material(self, state: State) -> float:
        """HP, dead enemies, and blocks: what does not go away by itself."""
        mine = state.players[self._me]
        if not mine.alive:
            return -DEATH / (1 + self._late)
        worth = mine.hp - BLOCK * self._urge * sum(state.grid.cells)
        for seat, player in enumerate(state.players):
            if seat != self._me:
                worth += -ENEMY_HP * self._urge * player.hp if player.alive else KILL
        return worth + WIN if state.winner is not None else worth

    def _position(self, state: State) -> float:
        """The worth of who could shoot at whom, of the distance to the nearest enemy, and of what experience says."""
        standing, me = state.standing, self._me
        enemies = [seat for seat in state.alive if seat != me]
        feared = [self._lore.fear[seat] for seat in enemies if shots_at(state, standing, seat, me)]
        shots = any(shots_at(state, standing, me, seat) for seat in enemies)
        way = min(_way(state.players[me], state.players[seat]) for seat in enemies)
        fear = (THREAT + FURTHER_THREAT * (len(feared) - 1)) * sum(feared) / len(feared) if feared else 0
        return self._urge * (SHOT * shots - way) - fear + self._lore.ground.get(standing[me], 0)


def _way(mine: Player, other: Player) -> float:
    """How far we are from shooting at somebody: a shot hits along a neighbouring row or column."""
    d_row, d_col = abs(mine.row - other.row), abs(mine.col - other.col)
    return OFF_LINE * min(abs(d_row - 1), abs(d_col - 1)) + DISTANCE * (d_row + d_col)


def _worthwhile(state: State) -> list[Action]:
    """Legal actions without shots into nothing."""
    return [
        action
        for action in rules.legal_actions(state)
        if action.kind is not CommandType.SHOOT
        or action.direction is None
        or rules.shot_strikes(state, action.direction)
    ]


def _after(state: State, action: Action) -> State:
    following = rules.apply(state, action)
    if isinstance(following, Refusal):
        raise TypeError(f"{action} was legal and is refused with {following}: the rules contradict themselves")
    return following
