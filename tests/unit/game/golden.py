"""The golden files: one JSON document for every message and object of the wire, and the type that reads it."""

import json
from pathlib import Path
from typing import Any

from cowboy.game.wire.base import Wire
from cowboy.game.wire.http import (
    AppliedCommand,
    CommandRequest,
    CreatedGame,
    CreateGame,
    Error,
    FinishedGame,
    FinishGame,
    Health,
    QueuedCommand,
    StartedGame,
)
from cowboy.game.wire.lesson import Lesson
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import Game, GameState, Map, PlayerState, Snapshot
from cowboy.game.wire.stream import Connected, Polled, StreamError, StreamEvent

FOLDER = Path(__file__).parents[2] / "golden"

TYPES: dict[str, type[Wire]] = {
    "map": Map,
    "player-state": PlayerState,
    "state": GameState,
    "game-created": Game,
    "game-running": Game,
    "game-finished": Game,
    "snapshot-created": Snapshot,
    "snapshot-running": Snapshot,
    "command-move": Command,
    "command-shield": Command,
    "command-shoot": Command,
    "command-speak": Command,
    "command-timeout": Command,
    "command-timeout-of-nobody": Command,
    "command-game-started": Command,
    "event-game-started": StepEvent,
    "event-step-applied": StepEvent,
    "event-speech": StepEvent,
    "event-converted-to-speech": StepEvent,
    "event-timeout-applied": StepEvent,
    "event-timeout-of-nobody": StepEvent,
    "event-late-timeout": StepEvent,
    "event-late-move": StepEvent,
    "event-invalid-turn": StepEvent,
    "event-invalid-command": StepEvent,
    "event-duplicate-command": StepEvent,
    "event-game-finished": StepEvent,
    "http-create-game": CreateGame,
    "http-create-game-defaults": CreateGame,
    "http-created-game": CreatedGame,
    "http-started": StartedGame,
    "http-started-already": StartedGame,
    "http-started-too-late": StartedGame,
    "http-command-request": CommandRequest,
    "http-queued-command": QueuedCommand,
    "http-applied": AppliedCommand,
    "http-applied-not-by-the-rules": AppliedCommand,
    "http-applied-not-in-turn": AppliedCommand,
    "http-applied-not-twice": AppliedCommand,
    "http-finish-request": FinishGame,
    "http-finish-request-any-turn": FinishGame,
    "http-finished": FinishedGame,
    "http-finished-not-yet": FinishedGame,
    "http-finished-nobody-left": FinishedGame,
    "http-health": Health,
    "http-error": Error,
    "stream-connected": Connected,
    "stream-polled-snapshot": Polled,
    "stream-polled-start": Polled,
    "stream-polled-end": Polled,
    "stream-game-started": StreamEvent,
    "stream-game-finished": StreamEvent,
    "stream-shoot": StreamEvent,
    "stream-late-move": StreamEvent,
    "stream-shield-with-text": StreamEvent,
    "stream-speech": StreamEvent,
    "stream-timeout": StreamEvent,
    "stream-timeout-of-nobody": StreamEvent,
    "stream-invalid-command": StreamEvent,
    "stream-error": StreamError,
    "guide-v1": Lesson,
}


def text(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def changed(name: str, path: str, value: Any) -> bytes:
    """A golden document in which the field at `path`, such as `state.players.0.hp`, has another value."""
    document = json.loads(text(name))
    *parents, field = path.split(".")
    place = document
    for part in parents:
        place = place[int(part) if isinstance(place, list) else part]
    place[int(field) if isinstance(place, list) else field] = value
    return json.dumps(document).encode()


def without(name: str, field: str) -> bytes:
    """A golden document that lacks one of its own fields."""
    document = json.loads(text(name))
    del document[field]
    return json.dumps(document).encode()
