"""Checks whether a brain can play by a lesson. The checks are the same for all brains.

Brains play by `cowboy.game.rules`, not by what they are told, so they need little of a lesson. But a lesson that
contradicts those rules, or is about another game, is refused before the first turn.
"""

from collections.abc import Collection

from cowboy.game.wire.lesson import Example, Lesson
from cowboy.game.wire.objects import GameState
from cowboy.game.words import DIRECTED, RESERVED, SPOKEN, CommandType, Direction

_NEEDED = [kind for kind in CommandType if kind in DIRECTED]
"""The commands that every brain needs. Speech is optional."""

_PLAYABLE = [kind for kind in CommandType if kind not in RESERVED]


def objection_to(lesson: Lesson) -> str | None:
    """Why no brain of ours can play by the lesson, or None. What it does not teach is no reason."""
    allowed = lesson.command_schema.allowed if lesson.command_schema is not None else _PLAYABLE
    if missing := [kind for kind in _NEEDED if kind not in allowed]:
        return f"its commands lack {', '.join(missing)}"
    for number, example in enumerate(lesson.examples or (), start=1):
        if flaw := _flaw(example, allowed):
            return f"its example {number} {flaw}"
    return _misfit(lesson.state, lesson) if lesson.state is not None else None


def _flaw(example: Example, allowed: Collection[str]) -> str | None:
    """What is wrong with an example, or None. Of commands that we do not know we only ask that they be allowed."""
    if example.command_type not in allowed:
        return f"is a {example.command_type!r}, which is not among its commands"
    if example.command_type in DIRECTED and example.direction not in list(Direction):
        return f"is a {example.command_type} in the direction {example.direction!r}"
    if example.command_type in SPOKEN and not (example.speak_text or "").strip():
        return f"is a {example.command_type} without a text"
    return None


def _misfit(state: GameState, lesson: Lesson) -> str | None:
    """Why the taught seat cannot play on the board shown, or None."""
    seat = state.seat_of(lesson.player_id)
    if seat is None:
        return f"player {lesson.player_id!r} is not in its snapshot"
    shown = state.players[seat].player_name
    if lesson.player_name not in (shown, None):
        return f"player {lesson.player_id!r} is {shown} in its snapshot, not {lesson.player_name}"
    board = state.to_board(seat, lesson.turn_no or 1, round_no=1)
    return None if board.alive else "nobody is alive in its snapshot"
