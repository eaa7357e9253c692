"""What a position is worth to the one who decides, without looking further ahead.

Counted in about HP of a player who has all: a hit point is worth more, the fewer are left (`_worth_of`), so that
a player who is ahead gains by trading shots one for one, and one who is behind does not. Besides HP count:

    shots       one that the player to move has is all but taken; one that the other has can be parried
    race        where both can hit each other, who is first, and who would win if both did nothing else
    ways        turns to a cell from which the other could be hit, and the others' to us
    escape      free cells next to us
    lag         of several, how many HP the strongest is ahead of us: most likely it is left with us in the end, and the
                player with more HP wins then
"""

import math

from cowboy.brains.experience import NOTHING, Lore
from cowboy.brains.search.ways import FAR, NO_SHIELD, Ways
from cowboy.game.board import MAX_HP
from cowboy.game.quick import Position, can_hit

# Found by play on seeded random maps, with more positions against fewer and against brains of five tempers.
RIVAL, ONE_OF_SEVERAL = 1.0, 0.5
"""What HP of an enemy count, of ours: of the only one, and of one of several, who fight each other as well."""
TAKEN, PARRIED = 0.7, 0.25
"""What a possible hit counts if its shooter is to move, and if not."""
FIRST = 0.5
"""What a hit counts to the first of two who can hit each other: by turns, each is first after the other's shot."""
DEATH = 12.0
OWN_WAY, OTHERS_WAY, SEVERAL_OTHERS_WAY = 0.12, 0.08, 0.2
"""What a turn counts that we need to a line at the nearest enemy, and that an enemy needs to one at us: more where
there are several, since they come from more sides than one shield covers."""
RACE = 1.0
"""Standing where both can hit each other, for who would win if both did nothing else."""
LAG = 10.0
"""Each HP that the strongest of several is ahead: shots traded one for one with a weaker one are no gain then."""
ESCAPE = 0.05
FURTHEST_OWN, FURTHEST_OTHERS = 30, 10
COVER = 1
"""Blocks in so many rows and columns around an enemy are its cover."""
PRESSED, NEARER, CLOSER = 1.0, 0.2, 0.3
"""What progress is: a shot that we could have next; each turn less to one; each row or column less to the enemy."""


class Worth:
    """Values positions for the player who is current in `root`.

    `sight` is how many rows and columns away an enemy's line of fire is noticed at all, None for any; who is not
    `wary` sees its own shots alone, not those at itself.
    """

    def __init__(
        self, ways: Ways, root: Position, lore: Lore = NOTHING, sight: int | None = None, wary: bool = True
    ) -> None:
        self.me = root.actor
        # As many as there are now: an enemy less must not make the others count more.
        rivals = sum(place >= 0 for place in root.places) - 1
        self._share = RIVAL if rivals == 1 else ONE_OF_SEVERAL
        self._lag = 0.0 if rivals == 1 else LAG
        self._others_way = OTHERS_WAY if rivals == 1 else SEVERAL_OTHERS_WAY
        self._on, self._ways, self._lore = ways.on, ways, lore
        self._sight, self._wary = sight, wary
        self._hp = tuple(_worth_of(hp) for hp in range(max(*root.hps, MAX_HP) + 1))

    def __call__(self, position: Position) -> float:
        """The worth of a position in which we live, and somebody else does."""
        me, on, hp_worth = self.me, self._on, self._hp
        places, shields, hps, cells, _, _ = position
        full, here, ours = position.full, places[me], hps[me]
        share = self._share
        value = hp_worth[ours] + self.of_standing(position)
        way = FAR
        for seat, there in enumerate(places):
            if seat == me:
                continue
            theirs = hps[seat]
            value -= share * hp_worth[theirs]
            if there < 0:
                continue
            if self._sight is None or on.apart(here, there) <= self._sight:
                value += self._shots(position, full, seat)
            way = min(way, self._ways.to_line(cells, here, there, shields[seat]))
            value += self._others_way * min(self._ways.to_line(cells, there, here, NO_SHIELD), FURTHEST_OTHERS)
        value -= OWN_WAY * min(way, FURTHEST_OWN) + self._lag * (max(hps) - ours)
        for cell in on.next[4 * here : 4 * here + 4]:
            if cell >= 0 and not full >> cell & 1:
                value += ESCAPE
        return value

    def _shots(self, position: Position, full: int, seat: int) -> float:
        """What the shots between us and an enemy are worth: ours at it, and its at us."""
        me, actor, hps = self.me, position.actor, position.hps
        threatened = self._wary and can_hit(self._on, position, full, seat, me)
        threatening = can_hit(self._on, position, full, me, seat)
        gain = self._share * self.of_a_hit(hps[seat])
        loss = self.of_a_hit(hps[me]) * self._lore.fear[seat]
        if threatened and threatening and actor in {me, seat}:
            race = RACE if _wins_race(hps[me], hps[seat], actor == me) else -RACE
            return race + (FIRST * gain if actor == me else -FIRST * loss)
        value = 0.0
        if threatening:
            value += (TAKEN if actor == me else PARRIED) * gain
        if threatened:
            value -= (TAKEN if actor == seat else PARRIED) * loss
        return value

    def _presses(self, position: Position, full: int, seat: int) -> bool:
        """Whether we could hit an enemy next; one that is guarded, whatever side it turns its shield to."""
        me = self.me
        if not self._ways.guarded:
            return can_hit(self._on, position, full, me, seat)
        lines = self._on.lines(position.places[me], position.places[seat])
        return sum(not between & full and position.shields[me] != direction for direction, _, between in lines) > 1

    def of_a_hit(self, hp: int) -> float:
        """What a player with so many HP loses by a hit; the last one is `DEATH`."""
        return self._hp[hp] - self._hp[hp - 1] if hp > 1 else DEATH

    def of_dying(self, position: Position) -> float:
        """What HP say of a position in which we have just lost our last one: as if we still had it."""
        hps = position.hps
        others = self._share * sum(self._hp[hp] for seat, hp in enumerate(hps) if seat != self.me)
        return self._hp[1] - others - self._lag * (max(hps) - 1)

    def of_standing(self, position: Position) -> float:
        """What experience says of the cell that we stand on."""
        return self._lore.ground.get(position.places[self.me], 0.0)

    def helps(self, before: Position, after: Position) -> bool:
        """Whether a shot that broke or weakened blocks was of use: it took cover from beside an enemy, or made our way
        to a line of fire at one shorter."""
        here = before.places[self.me]
        struck = [cell for cell, (old, new) in enumerate(zip(before.cells, after.cells, strict=True)) if old != new]
        for seat, (there, shield) in enumerate(zip(before.places, before.shields, strict=True)):
            if seat == self.me or there < 0:
                continue
            if any(self._on.apart(cell, there) <= COVER for cell in struck):
                return True
            to_line = [self._ways.to_line(position.cells, here, there, shield) for position in (before, after)]
            if to_line[1] < to_line[0]:
                return True
        return False

    def progress(self, before: Position, position: Position) -> float:
        """How much the move to a position presses an enemy: for a shot that we could have next, and for being near.

        Nearness counts beside the way to a line, since a player turns its shield to the line that it sees coming, but
        not beside the way to a cell where no shield helps it. A kill is as much as there can be: afterwards all others
        may be far away.
        """
        if position.hps.count(0) > before.hps.count(0):
            return PRESSED
        me, places = self.me, position.places
        here, full = places[me], position.full
        pressing, nearest = False, math.inf
        for seat, there in enumerate(places):
            if seat != me and there >= 0:
                way = self._ways.to_line(position.cells, here, there, position.shields[seat])
                closer = 0.0 if self._ways.guarded else CLOSER * self._on.apart(here, there)
                nearest = min(nearest, NEARER * min(way, FURTHEST_OWN) + closer)
                pressing = pressing or self._presses(position, full, seat)
        return PRESSED * pressing - nearest


def _wins_race(ours: int, theirs: int, first: bool) -> bool:
    """Whether we die last if both only shoot at each other from now on, and we are the first to shoot or not."""
    return theirs <= ours if first else theirs < ours


def _worth_of(hp: int) -> float:
    return 10 * math.log(hp + 0.5)
