"""Sparring partners: four brains of different tempers, to measure others by.

    .venv/bin/python -m pip install --no-build-isolation -e examples/sparring
    .venv/bin/cowboy strength hard,trader --games 100

Each plays by a plan of a few lines, one turn ahead. They are opponents that a stronger brain ought to beat each in its
own way; a brain tuned against one of them often loses to another. Only `hider` cannot be beaten in a game of two: it
is hit by nobody whom it has not just hit (docs/brains.md).
"""

from abc import abstractmethod
from collections import deque
from collections.abc import Iterable
from random import Random

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.game import quick
from cowboy.game.board import MAX_HP
from cowboy.game.quick import ACTIONS, DOWN, GO, HARD, LEFT, RIGHT, SHOOT, UP, Geometry, Position, geometry
from cowboy.settings import Settings


class Table:
    """What a partner sees: the position, its enemies, who could hit whom."""

    def __init__(self, on: Geometry, position: Position, random: Random) -> None:
        self.on, self.position, self.random = on, position, random
        self.me = position.actor
        self.enemies = [seat for seat, place in enumerate(position.places) if place >= 0 and seat != self.me]
        self.moves = quick.legal_moves(on, position)
        self.random.shuffle(self.moves)

    def hits(self, move: int) -> int:
        """HP that a move costs the enemies; a kill counts for three more."""
        hps = quick.apply(self.on, self.position, move).hps
        return sum(self.position.hps[seat] - hps[seat] + 3 * (hps[seat] == 0) for seat in self.enemies)

    def best_shot(self) -> int | None:
        """The shot that hurts most, if one hurts at all."""
        shots = [move for move in self.moves if move >= SHOOT]
        best = max(shots, key=self.hits, default=None)
        return best if best is not None and self.hits(best) else None

    def threats(self, position: Position) -> int:
        """How many enemies could hit us in a position."""
        full = position.full
        return sum(
            quick.can_hit(self.on, position, full, seat, self.me) for seat in self.enemies if position.places[seat] >= 0
        )

    def safest(self, moves: Iterable[int]) -> int | None:
        """Of some moves, the one after which fewest enemies could hit us."""
        return min(moves, key=lambda move: self.threats(quick.apply(self.on, self.position, move)), default=None)

    def way_to_line(self, target: int) -> list[int]:
        """Steps to the nearest cell from which `target` could be hit; through blocks where there is no other way."""
        place = self.position.places[target]
        for breaking in (False, True):
            way = self._way(place, breaking)
            if way:
                return way
        return []

    def nearest(self) -> int:
        """The enemy to whom the way is shortest."""
        return min(self.enemies, key=lambda seat: len(self.way_to_line(seat)) or 99)

    def step(self, way: list[int]) -> int | None:
        """The move that goes along a way, or that breaks the block on it, if one shot does."""
        if not way:
            return None
        cell = way[0]
        for move in self.moves:
            if GO <= move < SHOOT and self.on.next[4 * self.position.places[self.me] + (move & 3)] == cell:
                return move
        for move in self.moves:
            if move >= SHOOT and any(
                quick.apply(self.on, self.position, move).cells[blocked] != self.position.cells[blocked]
                for blocked in way
            ):
                return move
        return None

    def _way(self, place: int, breaking: bool) -> list[int]:
        start, full = self.position.places[self.me], self.position.full & ~(1 << self.position.places[self.me])
        before = {start: -1}
        queue = deque([start])
        while queue:
            cell = queue.popleft()
            if cell != start and any(not between & full for _, _, between in self.on.lines(cell, place)):
                way = []
                while cell != start:
                    way.append(cell)
                    cell = before[cell]
                return way[::-1]
            directions = [0, 1, 2, 3]
            self.random.shuffle(directions)
            for direction in directions:
                following = self.on.next[4 * cell + direction]
                if following < 0 or following in before:
                    continue
                taken = full >> following & 1
                if taken and not (breaking and 0 < self.position.cells[following] < HARD):
                    continue
                before[following] = cell
                queue.append(following)
        return []


class Partner(Brain):
    """Base of the four: a plan, and any move where the plan has none."""

    speaks = False

    def decide(self, situation: Situation, context: Context) -> Decision:
        """By the plan; all chance comes from the seed."""
        del context
        state = situation.table.to_board()
        on = geometry(state.grid.rows, state.grid.cols)
        return Decision(ACTIONS[self.choose(on, Position.of(state), Random(situation.seed))])

    def choose(self, on: Geometry, position: Position, random: Random) -> int:
        """The move of the plan."""
        table = Table(on, position, random)
        move = self.plan(table) if table.enemies else None
        return table.moves[0] if move is None else move

    @abstractmethod
    def plan(self, table: Table) -> int | None:
        """What to do, or None for anything."""


class Trader(Partner):
    """Shoots whenever a shot hits, else walks into line. Never turns its shield."""

    name = "trader"

    def plan(self, table: Table) -> int | None:
        shot = table.best_shot()
        return table.step(table.way_to_line(table.nearest())) if shot is None else shot


class Hider(Partner):
    """Walks to a place that few cells see, stays; shoots a player who comes into line, and leaves a line of fire."""

    name = "hider"

    def plan(self, table: Table) -> int | None:
        shot = table.best_shot()
        if shot is not None:
            return shot
        quiet = [move for move in table.moves if move < SHOOT]
        if table.threats(table.position):
            return table.safest(quiet)
        stay = table.position.shields[table.me]
        return min([stay, *quiet], key=lambda move: self._seen(table, quick.apply(table.on, table.position, move)))

    def _seen(self, table: Table, position: Position) -> int:
        """From how many cells, roughly, somebody could hit us: those that end no ray from our cell."""
        here, full = position.places[table.me], position.full
        seen = 20 * table.threats(position)
        for direction in range(4):
            cell = table.on.next[4 * here + direction]
            while cell >= 0 and not full >> cell & 1:
                seen += 1
                cell = table.on.next[4 * cell + direction]
        return seen


class Hunter(Partner):
    """Goes for the weakest enemy; shoots first; else turns its shield to a player who could hit it, or walks on."""

    name = "hunter"

    def plan(self, table: Table) -> int | None:
        shot = table.best_shot()
        if shot is not None:
            return shot
        now = table.threats(table.position)
        if now:
            safest = table.safest(move for move in table.moves if move < GO)
            if safest is not None and table.threats(quick.apply(table.on, table.position, safest)) < now:
                return safest
        weakest = min(table.enemies, key=lambda seat: table.position.hps[seat])
        return table.step(table.way_to_line(weakest)) or table.step(table.way_to_line(table.nearest()))


class Waiter(Partner):
    """Stands with its shield towards the nearest enemy and shoots nobody until somebody was hurt: then it trades."""

    name = "waiter"

    def plan(self, table: Table) -> int | None:
        hps = table.position.hps
        shot = table.best_shot()
        if min(hps) < MAX_HP:
            return table.step(table.way_to_line(table.nearest())) if shot is None else shot
        return self._towards(table, table.nearest())

    def _towards(self, table: Table, enemy: int) -> int:
        """The shield that faces the side on which an enemy is farther away."""
        places, cols = table.position.places, table.on.cols
        (row, col), (there_row, there_col) = divmod(places[table.me], cols), divmod(places[enemy], cols)
        if abs(there_row - row) > abs(there_col - col):
            return UP if there_row < row else DOWN
        return LEFT if there_col < col else RIGHT


def trader(_settings: Settings) -> Brain:
    """What the entry point `trader` names."""
    return Trader()


def hider(_settings: Settings) -> Brain:
    """What the entry point `hider` names."""
    return Hider()


def hunter(_settings: Settings) -> Brain:
    """What the entry point `hunter` names."""
    return Hunter()


def waiter(_settings: Settings) -> Brain:
    """What the entry point `waiter` names."""
    return Waiter()
