"""Bodies of the V2 HTTP endpoints (docs/wire.md#http)."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from cowboy.game.wire.base import Text, Time, Unsigned, Wire
from cowboy.game.wire.objects import Map, PlayerIdentity
from cowboy.game.words import (
    BRAIN_NAME_PATTERN,
    CommandType,
    Direction,
    FinishRefusal,
    GameStatus,
    MapSource,
    PlayerName,
    Refusal,
    StartRefusal,
)

DEFAULT_PLAYERS = 2
DEFAULT_TURN_TIMEOUT_SECONDS = 120


def _absent(default: int) -> BeforeValidator:
    def or_default(value: Any) -> Any:
        return default if value is None else value

    return BeforeValidator(or_default)


class CreateGame(Wire):
    """Request of `POST /v2/games`; `{}` is valid.

    The last four fields are ours: an existing client does not send them, an existing backend ignores them.
    `brains` names the brain of a bot's seat, `seed` fixes the bots' choices, `max_turns` ends the game as a draw once
    that many turns are played; without it the backend's own limit does. `characters` names a certain character for a
    bot's seat, or null for nobody.
    """

    turn_timeout_seconds: Annotated[Unsigned, _absent(DEFAULT_TURN_TIMEOUT_SECONDS)] = DEFAULT_TURN_TIMEOUT_SECONDS
    map: Map | None = None
    num_players: Annotated[int, Field(ge=0, le=255), _absent(DEFAULT_PLAYERS)] = DEFAULT_PLAYERS
    bot_players: tuple[PlayerName, ...] | None = None
    brains: dict[PlayerName, Annotated[str, Field(pattern=BRAIN_NAME_PATTERN)]] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    max_turns: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    characters: dict[PlayerName, Annotated[str, Field(min_length=1, max_length=200)] | None] | None = None


class CreatedGame(Wire):
    """Answer of `POST /v2/games`."""

    game_id: str
    status: GameStatus
    map_source: MapSource
    turn_no: int
    round_no: int
    current_player_id: str
    players: tuple[PlayerIdentity, ...]
    turn_timeout_seconds: int
    created_at: Time


class StartedGame(Wire):
    """Answer of `POST /v2/games/{id}/start`; `started` is false when it was running or over already."""

    game_id: str
    status: GameStatus
    started: bool
    reason: StartRefusal | None
    turn_no: int
    round_no: int
    current_player_id: str
    started_at: Time | None


class CommandRequest(Wire):
    """A command over HTTP, public or internal."""

    command_id: Text
    player_id: Text
    command_type: CommandType
    direction: Direction | None = None
    speak_text: Text | None = None
    turn_no: Unsigned
    client_sent_at: Time


class QueuedCommand(Wire):
    """Answer of `POST /v2/games/{id}/commands`: the command stands on Kafka, nothing more."""

    accepted: bool = True
    command_id: str
    queued_at: Time


class SayRequest(Wire):
    """A person says something beside the game, at no turn's cost."""

    player_id: Text
    text: Text


class Said(Wire):
    """Answer of `POST /v2/games/{id}/talk`: it was heard."""

    said_at: Time


class SeatRider(Wire):
    """Who a bot is: the names of its character and of that one's horse."""

    name: Text
    horse: Text | None = None


class GameRiders(Wire):
    """Answer of `GET /v2/games/{id}/riders`: the bots of a game that are somebody."""

    riders: dict[PlayerName, SeatRider]


class AppliedCommand(Wire):
    """Answer of the internal `apply` and `process`. The turn fields are those afterwards.

    `reason` is a `Refusal`, or for `process` also one of the referee's own words.
    """

    accepted: bool
    applied: bool
    reason: Refusal | str | None
    turn_no: int
    round_no: int
    current_player_id: str
    status: GameStatus


class FinishGame(Wire):
    """Request of the internal `finish`."""

    expected_turn_no: Unsigned | None = None


class FinishedGame(Wire):
    """Answer of the internal `finish`. `winner_player_id` is the first living player, in every answer."""

    finished: bool
    reason: FinishRefusal | None
    status: GameStatus
    winner_player_id: str | None
    turn_no: int
    round_no: int
    current_player_id: str


class Health(Wire):
    ok: bool = True
    service: str


class Error(Wire):
    error: str
