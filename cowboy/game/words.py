"""Every word of the game, once. The strings are the wire's (docs/wire.md#conventions)."""

from enum import StrEnum


class PlayerName(StrEnum):
    """A seat. A game of n players uses the first n, and every list of players is in this order."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Direction(StrEnum):
    """`up` is towards row 0, `left` towards column 0."""

    UP = "up"
    LEFT = "left"
    DOWN = "down"
    RIGHT = "right"

    @property
    def opposite(self) -> "Direction":
        return _OPPOSITE[self]

    @property
    def step(self) -> tuple[int, int]:
        """Change of (row, column)."""
        return _STEP[self]

    @property
    def sides(self) -> tuple["Direction", "Direction"]:
        """The two perpendicular directions, in the order in which a shot sweeps them."""
        return _SIDES[self]


_OPPOSITE = {
    Direction.UP: Direction.DOWN,
    Direction.DOWN: Direction.UP,
    Direction.LEFT: Direction.RIGHT,
    Direction.RIGHT: Direction.LEFT,
}
_STEP = {
    Direction.UP: (-1, 0),
    Direction.DOWN: (1, 0),
    Direction.LEFT: (0, -1),
    Direction.RIGHT: (0, 1),
}
_SIDES = {
    Direction.UP: (Direction.LEFT, Direction.RIGHT),
    Direction.DOWN: (Direction.LEFT, Direction.RIGHT),
    Direction.LEFT: (Direction.UP, Direction.DOWN),
    Direction.RIGHT: (Direction.UP, Direction.DOWN),
}


class CommandType(StrEnum):
    """What a command does. The last two are for the system: no player may send them."""

    MOVE = "move"
    SHIELD = "shield"
    SHOOT = "shoot"
    SPEAK = "speak"
    TIMEOUT = "timeout"
    GAME_STARTED = "game_started"


DIRECTED = frozenset({CommandType.MOVE, CommandType.SHIELD, CommandType.SHOOT})
"""Commands that need a direction."""

SPOKEN = frozenset({CommandType.SPEAK})
"""Commands that need a text."""

RESERVED = frozenset({CommandType.TIMEOUT, CommandType.GAME_STARTED})
"""Commands that no player and no bot may send."""


BRAIN_NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,31}$"
"""The form of a brain's name, on the wire, in settings and in packages."""


class CommandSource(StrEnum):
    """The kind of producer of a command. Informative: no rule depends on it."""

    USER = "user"
    BOT = "bot"
    TIMER = "timer"
    SYSTEM = "system"


class GameStatus(StrEnum):
    """A game only ever goes forward."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"


class MapSource(StrEnum):
    CUSTOM = "CUSTOM"
    DEFAULT = "DEFAULT"


class StepEventType(StrEnum):
    GAME_STARTED = "GAME_STARTED"
    STEP_APPLIED = "STEP_APPLIED"
    TIMEOUT_APPLIED = "TIMEOUT_APPLIED"
    GAME_FINISHED = "GAME_FINISHED"


class ResultStatus(StrEnum):
    """What became of a command. Only the first two changed anything."""

    APPLIED = "APPLIED"
    TIMEOUT_APPLIED = "TIMEOUT_APPLIED"
    IGNORED_TIMEOUT = "IGNORED_TIMEOUT"
    INVALID_COMMAND = "INVALID_COMMAND"
    INVALID_TURN = "INVALID_TURN"
    DUPLICATE_COMMAND = "DUPLICATE_COMMAND"


class Refusal(StrEnum):
    """Why the rules refuse a command, in the order in which they are checked (docs/rules.md#commands)."""

    GAME_NOT_RUNNING = "GAME_NOT_RUNNING"
    INVALID_TURN_PLAYER = "INVALID_TURN_PLAYER"
    STALE_TURN_NO = "STALE_TURN_NO"
    PLAYER_DEAD = "PLAYER_DEAD"
    RESERVED_COMMAND_TYPE = "RESERVED_COMMAND_TYPE"
    MISSING_DIRECTION = "MISSING_DIRECTION"
    MISSING_SPEAK_TEXT = "MISSING_SPEAK_TEXT"
    MOVE_OUT_OF_BOUNDS = "MOVE_OUT_OF_BOUNDS"
    MOVE_BLOCKED_BY_BLOCK = "MOVE_BLOCKED_BY_BLOCK"
    MOVE_BLOCKED_BY_PLAYER = "MOVE_BLOCKED_BY_PLAYER"
    CANNOT_SHOOT_THROUGH_OWN_SHIELD = "CANNOT_SHOOT_THROUGH_OWN_SHIELD"
    SHOOT_BLOCKED_BY_EDGE = "SHOOT_BLOCKED_BY_EDGE"
    SHOOT_BLOCKED_BY_BLOCK = "SHOOT_BLOCKED_BY_BLOCK"
    SHOOT_BLOCKED_BY_PLAYER = "SHOOT_BLOCKED_BY_PLAYER"

    @property
    def breaks_a_rule(self) -> bool:
        """True if the right player acted in the right turn but not by the rules: that uses up the turn."""
        return self not in _WRONG_TURN


_WRONG_TURN = frozenset(
    {Refusal.GAME_NOT_RUNNING, Refusal.INVALID_TURN_PLAYER, Refusal.STALE_TURN_NO, Refusal.PLAYER_DEAD}
)


class StartRefusal(StrEnum):
    ALREADY_RUNNING = "ALREADY_RUNNING"
    GAME_FINISHED = "GAME_FINISHED"


class FinishRefusal(StrEnum):
    """In the order in which they are checked (docs/wire.md#internal)."""

    STALE_TURN_NO = "STALE_TURN_NO"
    ALREADY_FINISHED = "ALREADY_FINISHED"
    NOT_LAST_PLAYER_LEFT = "NOT_LAST_PLAYER_LEFT"
