"""Alpha-beta over positions, with iterative deepening and a transposition table.

All others together play against the one who decides, each as well as it can: they walk, shoot and shield (the
paranoid assumption; exact for two). One of several that can hurt somebody is taken to do so: it is the enemy of the
others, too. Against such players nobody would ever begin, since a player who walks into a line
of fire gives the other the first shot. So a move that presses an enemy gets a bonus (`Worth.progress`), at the root
only, lest the search believe that the others think so, too. The bonus is divided by the depth: a look that went deep
has seen what pressing leads to, and a player that knows more can wait longer.
"""

import contextlib
import math
import time
from dataclasses import dataclass

from cowboy.brains.search.memory import Memory
from cowboy.brains.search.worth import DEATH, Worth
from cowboy.game import quick
from cowboy.game.quick import GO, HARD, SHOOT, SIDES, Geometry, Position, apply

WIN = 1000.0

DRIVE, DRIVE_MORE, DRIVE_MOST = 0.5, 0.05, 6.0
"""What pressing an enemy counts, in hits that it may cost us: at first, more for each own turn since anybody was
hurt, at most."""
BEHIND = 0.3
"""How much of that is left to the one of two who is behind: it would lose by trading shots. Among several all but one
are behind, and if they all waited, no game would end."""
REPEATED = 1.5
"""The price of a position that the search has come from, for a player who is not behind."""
AGAIN = 0.6
"""The price of a move to a position that there was before, for each time."""
CAREFUL_TURNS, BRAVER_TURNS = 30, 8
"""After so many own turns in which nobody was hurt, death is feared less, in each so many more turns a third as much,
and at least as much as a hit: else two players with one hit point each would keep away from each other for ever."""
BRAVEST = 4.5
"""Meanwhile pressing counts the more, up to so many times threefold: sooner or later somebody begins, however deep it
looks."""
TURNS_A_DETOUR, LONGEST_DETOUR = 3, 25
"""After as many turns without a hit, each so many more are worth a turn more of detour to a cell from which an enemy
can be hit from two sides: it may be one that always turns its shield to the line that is open."""
CRATE = 0.03
"""The price of a shot that hurts nobody."""

EXACT, AT_LEAST, AT_MOST = range(3)


class OutOfBudget(Exception):
    """The search has to end."""


@dataclass
class Budget:
    """Positions that may be looked at, and until when (monotonic clock)."""

    nodes: int | None
    deadline: float
    spent: int = 0

    def spend(self) -> None:
        """One position. Raises `OutOfBudget` when there is nothing left."""
        if (self.nodes is not None and self.spent >= self.nodes) or time.monotonic() >= self.deadline:
            raise OutOfBudget
        self.spent += 1


class Tree:
    """One decision."""

    def __init__(self, on: Geometry, root: Position, worth: Worth, memory: Memory, budget: Budget) -> None:
        self._on, self._root, self._worth, self._memory, self._budget = on, root, worth, memory, budget
        self._me = root.actor
        self._drive = min(DRIVE_MOST, DRIVE + DRIVE_MORE * memory.still) * worth.of_a_hit(root.hps[self._me])
        self._several = sum(hp > 0 for hp in root.hps) > 2
        if memory.still < CAREFUL_TURNS and not self._several and root.hps[self._me] < max(root.hps):
            self._drive *= BEHIND
        bravery = max(0.0, (memory.still - CAREFUL_TURNS) / BRAVER_TURNS)
        self._drive *= math.exp(min(BRAVEST, bravery))
        self._death = max(DEATH, WIN * math.exp(-bravery))
        self._table: dict[Position, tuple[int, int, float, int]] = {}
        self._history: dict[tuple[int, int, int], int] = {}
        self._path: set[Position] = set()
        self._worths: dict[Position, float] = {}
        self._known_moves: dict[Position, tuple[list[int], list[int]]] = {}

    def best(self, moves: list[int], deepest: int) -> tuple[int, int]:
        """The best of `moves`, and how many moves of all players ahead that was looked: complete looks only."""
        after = {move: apply(self._on, self._root, move) for move in moves}
        # The next turn is spent on that cell for certain, so it counts here, beside the cell where a line ends.
        price = {
            move: AGAIN * self._memory.times(position) - self._worth.of_standing(position)
            for move, position in after.items()
        }
        progress = {move: self._drive * self._worth.progress(self._root, position) for move, position in after.items()}
        moves = sorted(moves, key=lambda move: sum(after[move].hps))
        reached = 0
        for depth in range(1, deepest + 1 if len(moves) > 1 else 1):
            bonus = {move: progress[move] / depth - price[move] for move in moves}
            values: dict[int, float] = {}
            with contextlib.suppress(OutOfBudget):
                self._look(moves, after, bonus, depth, values)
            # The best of the last look comes first: what is better than it in this one is better, seen so far.
            moves.sort(key=lambda move: values.get(move, -math.inf), reverse=True)
            if len(values) < len(moves):
                break
            reached = depth
            if values[moves[0]] >= WIN:
                break
        return moves[0], reached

    def _look(
        self,
        moves: list[int],
        after: dict[int, Position],
        bonus: dict[int, float],
        depth: int,
        values: dict[int, float],
    ) -> None:
        """Fill in the value of each move: exact for the best, at most so much for the others."""
        top = -math.inf
        self._path = {self._root}
        for move in moves:
            values[move] = self._value(after[move], depth - 1, top - bonus[move], math.inf) + bonus[move]
            top = max(top, values[move])

    def _value(self, position: Position, depth: int, alpha: float, beta: float) -> float:
        self._budget.spend()
        me, hps = self._me, position.hps
        if not hps[me]:
            return self._worth.of_dying(position) - self._death - depth
        if hps.count(0) == len(hps) - 1:
            return WIN + depth
        if position in self._path:
            behind = any(hp > hps[me] for hp in hps)
            return self._worth_of(position) - (0.0 if behind else REPEATED)
        if depth <= 0:
            return self._worth_of(position)
        first = None
        known = self._table.get(position)
        if known is not None:
            known_depth, bound, value, first = known
            if known_depth >= depth and (
                bound == EXACT or (bound == AT_LEAST and value >= beta) or (bound == AT_MOST and value <= alpha)
            ):
                return value
        self._path.add(position)
        try:
            return self._searched(position, depth, alpha, beta, first)
        finally:
            self._path.discard(position)

    def _worth_of(self, position: Position) -> float:
        """Remembered, since moves in another order often lead to the same position."""
        worth = self._worths.get(position)
        if worth is None:
            worth = self._worths[position] = self._worth(position)
        return worth

    def _searched(self, position: Position, depth: int, alpha: float, beta: float, first: int | None) -> float:
        low, high = alpha, beta
        ours = position.actor == self._me
        best, best_move = (-math.inf if ours else math.inf), -1
        moves = self._moves(position)
        if first is not None and moves[0] != first:
            moves.remove(first)
            moves.insert(0, first)
        for move in moves:
            following = apply(self._on, position, move)
            value = self._value(following, depth - 1, alpha, beta)
            if ours:
                if move >= SHOOT and following.hps == position.hps:
                    value -= CRATE
                if value > best:
                    best, best_move = value, move
                    alpha = max(alpha, best)
            elif value < best:
                best, best_move = value, move
                beta = min(beta, best)
            if alpha >= beta:
                break
        key = (position.actor, position.places[position.actor], best_move)
        self._history[key] = self._history.get(key, 0) + depth * depth
        bound = AT_LEAST if best >= high else AT_MOST if best <= low else EXACT
        self._table[position] = (depth, bound, best, best_move)
        return best

    def _moves(self, position: Position) -> list[int]:
        """Moves that may matter, the most promising first: shots that hurt, then what was best elsewhere."""
        known = self._known_moves.get(position)
        if known is None:
            known = self._known_moves[position] = self._sorted_out(position)
        hits, quiet = known
        actor = position.actor
        if hits and self._several and actor != self._me:
            return list(hits)
        here, history = position.places[actor], self._history
        return hits + sorted(quiet, key=lambda move: history.get((actor, here, move), 0), reverse=True)

    def _sorted_out(self, position: Position) -> tuple[list[int], list[int]]:
        """Shots that hurt, best first, and all others but for those that are never of use.

        Left out are shields towards sides where nobody is, and shots that neither hurt nor weaken cover of a line.
        """
        places, shields, _, _, _, actor = position
        on, full, here = self._on, position.full, places[actor]
        others = [divmod(place, on.cols) for seat, place in enumerate(places) if place >= 0 and seat != actor]
        row, col = divmod(here, on.cols)
        sides = (
            any(other_row < row for other_row, _ in others),
            any(other_col < col for _, other_col in others),
            any(other_row > row for other_row, _ in others),
            any(other_col > col for _, other_col in others),
        )
        hits: list[tuple[int, int]] = []
        quiet: list[int] = []
        for direction in range(4):
            shielded = direction == shields[actor]
            if shielded or sides[direction]:
                quiet.append(direction)
            entry = on.next[4 * here + direction]
            if entry < 0 or full >> entry & 1:
                continue
            quiet.append(GO + direction)
            if not shielded:
                worth = self._worth_of_shot(position, full, entry, direction, others)
                if worth >= HURTS:
                    hits.append((-worth, SHOOT + direction))
                elif worth:
                    quiet.append(SHOOT + direction)
        return [move for _, move in sorted(hits)], quiet

    def _worth_of_shot(
        self, position: Position, full: int, entry: int, direction: int, others: list[tuple[int, int]]
    ) -> int:
        """`KILLS` or `HURTS` for each player that a shot hits, else 1 if it weakens cover near somebody's line."""
        on, worth = self._on, 0
        for side in SIDES[direction]:
            met = on.ray[4 * entry + side] & full
            if not met:
                continue
            end = met.bit_length() - 1 if side < quick.DOWN else (met & -met).bit_length() - 1
            strength = position.cells[end]
            if not strength:
                seat = position.places.index(end)
                if position.shields[seat] != side ^ 2:
                    worth += HURTS if position.hps[seat] > 1 else KILLS
            elif strength != HARD and worth == 0:
                row, col = divmod(end, on.cols)
                worth = any(-1 <= row - there_row <= 1 or -1 <= col - there_col <= 1 for there_row, there_col in others)
        return worth


HURTS, KILLS = 10, 50


def guarded(memory: Memory) -> int:
    """How many turns of detour it is worth to come where no shield helps an enemy (`Ways`)."""
    return max(0, min(LONGEST_DETOUR, (memory.still - CAREFUL_TURNS) // TURNS_A_DETOUR))


def worthwhile(on: Geometry, position: Position, worth: Worth) -> list[int]:
    """Legal moves without shots that are of no use: they hurt nobody, take no enemy's cover, and shorten no way."""

    def useful(move: int) -> bool:
        after = apply(on, position, move)
        return after.hps != position.hps or worth.helps(position, after)

    return [move for move in quick.legal_moves(on, position) if move < SHOOT or useful(move)]
