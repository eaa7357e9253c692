"""What `search` remembers of a game, as its note: the positions since anybody was last hurt, to see what repeats.

A note is `HP of all`, a colon, and three characters for each position that was left to the others, oldest first, such
as `10,9:aB3x_z`. A note of another form is no memory.
"""

import base64
import re
import zlib
from typing import NamedTuple

from cowboy.game.quick import Position

LENGTH = 3
MOST = 150
"""Positions that are kept; a note has at most 500 characters."""

_FORM = re.compile(rf"([0-9,]{{1,40}}):((?:[A-Za-z0-9_-]{{{LENGTH}}}){{0,{MOST}}})")


class Memory(NamedTuple):
    """The HP that all had, and the marks of the positions since they had them."""

    hps: str
    marks: tuple[str, ...] = ()

    @classmethod
    def of(cls, note: str, position: Position) -> "Memory":
        """What a note says. After a hit two players begin anew, and several with half of what they remember.

        So several, of whom each waits for the others, do not wait as long for every hit as for the first.
        """
        hps = ",".join(map(str, position.hps))
        read = _FORM.fullmatch(note)
        if read is None:
            return cls(hps)
        marks = tuple(read[2][at : at + LENGTH] for at in range(0, len(read[2]), LENGTH))
        if read[1] != hps:
            marks = marks[(len(marks) + 1) // 2 :] if sum(hp > 0 for hp in position.hps) > 2 else ()
        return cls(hps, marks)

    @property
    def still(self) -> int:
        """Own turns since anybody was last hurt, as far as remembered; in a game of several, all players' turns.

        Several keep away from each other for longer than two, and each waits for the others to begin.
        """
        alive = sum(hp != "0" for hp in self.hps.split(","))
        return len(self.marks) * (alive if alive > 2 else 1)

    def with_position(self, position: Position) -> "Memory":
        """The same and one position more; the oldest is forgotten if there are too many."""
        return Memory(self.hps, (*self.marks, mark(position))[-MOST:])

    def times(self, position: Position) -> int:
        """How often a position was left to the others before."""
        return self.marks.count(mark(position))

    def to_note(self) -> str:
        return f"{self.hps}:{''.join(self.marks)}"


def mark(position: Position) -> str:
    """Three characters for a position; one of 260,000 others has the same."""
    told = repr((position.places, position.shields, position.actor)).encode() + position.cells
    return base64.urlsafe_b64encode(zlib.crc32(told).to_bytes(4)[:3])[:LENGTH].decode()
