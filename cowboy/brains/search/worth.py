"""What a position is worth to the one who decides, without looking further ahead.

Counted in about HP of a player who has all: a hit point is worth more, the fewer are left (`_worth_of`), so that
a player who is ahead gains by trading shots one for one, and one who is behind does not. Besides HP count:

    race        where both can hit each other, who would win if both did nothing else
    tempo       a shot that the player to move has is all but taken; one that the other has can be parried
    ways        turns to a cell from which the other could be hit, best from behind cover; and the others' to us
    escape      free cells next to us
    boldness    the longer nobody is hurt, the more enemies' HP and nearness count, so that games end
"""

import math

from cowboy.brains.experience import NOTHING, Lore
from cowboy.brains.search.ways import FAR, NO_SHIELD, Ways
from cowboy.game.board import MAX_HP
from cowboy.game.quick import Position, can_hit

# Found by play on seeded random maps against brains of five tempers.
RIVAL, ONE_OF_SEVERAL = 1.0, 0.5
"""What HP of an enemy count, of ours: of the only one, and of one of several, who fight each other as well."""
TAKEN, PARRIED = 0.7, 0.25
"""What a possible hit counts if its shooter is to move, and if not."""
DEATH = 12.0
OWN_WAY, OTHERS_WAY = 0.12, 0.08
RACE = 4.0
"""Standing where both can hit each other, for who would win if both did nothing else."""
ESCAPE = 0.05
BOLDER = 0.2
"""For each own turn since anybody was hurt: what enemies' HP count more."""
NEARER = 0.05
"""The same of our own way to them."""
FURTHEST_OWN, FURTHEST_OTHERS = 30, 10


class Worth:
    """Values positions for the player who is current in `root`; `still` is the memory's.

    `sight` is how many rows and columns away an enemy is noticed at all, None for any.
    """

    def __init__(
        self, ways: Ways, root: Position, still: int = 0, lore: Lore = NOTHING, sight: int | None = None
    ) -> None:
        self.me = root.actor
        # As many as there are now: an enemy less must not make the others count more.
        rivals = sum(place >= 0 for place in root.places) - 1
        self._share = (RIVAL if rivals == 1 else ONE_OF_SEVERAL) * (1 + BOLDER * still)
        self._on, self._ways, self._lore, self._sight = ways.on, ways, lore, sight
        self._own_way = OWN_WAY * (1 + NEARER * still)
        self._hp = tuple(_worth_of(hp) for hp in range(max(*root.hps, MAX_HP) + 1))

    def __call__(self, position: Position) -> float:
        """The worth of a position in which we live, and somebody else does."""
        me, on, hp_worth = self.me, self._on, self._hp
        places, shields, hps, cells, solid, actor = position
        full, here = position.full, places[me]
        enemies = [seat for seat, place in enumerate(places) if place >= 0 and seat != me]
        share = self._share
        value = hp_worth[hps[me]] + self._lore.ground.get(here, 0.0)
        for seat, hp in enumerate(hps):
            if seat != me:
                value -= share * hp_worth[hp]
        loss = hp_worth[hps[me]] - hp_worth[hps[me] - 1] if hps[me] > 1 else DEATH
        gain, way = 0.0, FAR
        for seat in enemies:
            there = places[seat]
            if self._sight is None or on.apart(here, there) <= self._sight:
                hit_us = can_hit(on, position, full, seat, me)
                if hit_us:
                    value -= (TAKEN if actor == seat else PARRIED) * loss * self._lore.fear[seat]
                if can_hit(on, position, full, me, seat):
                    if hit_us:
                        value += RACE if _wins_race(hps[me], hps[seat], actor == me) else -RACE
                    gain = max(gain, share * (hp_worth[hps[seat]] - hp_worth[hps[seat] - 1]))
            way = min(way, self._ways.to_line(cells, solid, here, there, shields[seat]))
            value += OTHERS_WAY * min(self._ways.to_line(cells, solid, there, here, NO_SHIELD), FURTHEST_OTHERS)
        value += (TAKEN if actor == me else PARRIED) * gain - self._own_way * min(way, FURTHEST_OWN)
        for cell in on.next[4 * here : 4 * here + 4]:
            if cell >= 0 and not full >> cell & 1:
                value += ESCAPE
        return value


def _wins_race(ours: int, theirs: int, first: bool) -> bool:
    """Whether we die last if both only shoot at each other from now on, and we are the first to shoot or not."""
    return theirs <= ours if first else theirs < ours


def _worth_of(hp: int) -> float:
    return 10 * math.log(hp + 0.5)
