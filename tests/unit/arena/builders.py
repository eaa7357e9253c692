"""Games and commands for the arena's tests: a small empty board, whose turn it is plain to see."""

from datetime import UTC, datetime
from typing import Any

from cowboy.arena.record import GameRecord
from cowboy.game.board import Grid, new_state
from cowboy.game.wire.messages import Command
from cowboy.game.words import CommandSource, CommandType, Direction, MapSource

NOW = datetime(2026, 3, 5, 18, 20, tzinfo=UTC)
IDS = ("id-a", "id-b", "id-c", "id-d")
GRID = Grid(5, 5, (0,) * 25)


def created(players: int = 2, **fields: Any) -> GameRecord:
    """A new game on an empty 5 x 5 board; A, then B, and so on have the ids `id-a`, `id-b`, …"""
    known: dict[str, Any] = {
        "game_id": "g",
        "player_ids": IDS[:players],
        "board": new_state(GRID, players),
        "map_source": MapSource.CUSTOM,
        "turn_timeout_seconds": 30,
        "created_at": NOW,
        "input_topic": "in.g.v1",
        "output_topic": "out.g.v1",
    }
    return GameRecord(**(known | fields))


def running(players: int = 2, turn_no: int = 3, **fields: Any) -> GameRecord:
    """The same game in A's turn `turn_no`."""
    started = created(players, **fields).start(NOW)
    assert isinstance(started, GameRecord)
    return started.model_copy(update={"board": started.board._replace(turn_no=turn_no)})


def with_hp(record: GameRecord, *hp: int) -> GameRecord:
    """The game with its players' hit points replaced, in seat order."""
    players = tuple(player._replace(hp=points) for player, points in zip(record.board.players, hp, strict=True))
    return record.model_copy(update={"board": record.board._replace(players=players)})


def command(kind: CommandType, direction: Direction | None = None, **fields: Any) -> Command:
    """A command of A in turn 3 unless said otherwise."""
    known: dict[str, Any] = {
        "command_id": "c-1",
        "source": CommandSource.USER,
        "game_id": "g",
        "player_id": "id-a",
        "command_type": kind,
        "direction": direction,
        "turn_no": 3,
        "sent_at": NOW,
    }
    return Command(**(known | fields))
