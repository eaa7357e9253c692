"""Small games for tests: a board, its events, its bots, and what a game manager says of it."""

from datetime import UTC, datetime, timedelta

from cowboy.game import rules
from cowboy.game.board import State, new_state
from cowboy.game.identity import command_id
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.turns import Table
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import Game, GameState
from cowboy.game.words import (
    CommandSource,
    CommandType,
    Direction,
    GameStatus,
    MapSource,
    PlayerName,
    ResultStatus,
    StepEventType,
)
from cowboy.state.bindings import Binding, BindingStatus
from cowboy.state.records import TurnRecord
from cowboy.state.turns import TurnRef

IDS = ("id-a", "id-b", "id-c", "id-d")
SHIELD = Action(CommandType.SHIELD, Direction.UP)


def binding(game_id: str, seat: int, **changes: object) -> Binding:
    """A bot on a seat, ready to play."""
    fields: dict[str, object] = {
        "game_id": game_id,
        "player_id": IDS[seat],
        "player_name": list(PlayerName)[seat],
        "bot_id": f"bot-{seat}",
        "instance": "i1",
        "brain": "random",
        "seed": 7,
        "status": BindingStatus.READY,
        "game_guide_version": "v1",
        "lesson": 1,
        "created_at": datetime.now(UTC),
    }
    return Binding.model_validate(fields | changes)


def table(game_id: str, state: State | None = None) -> Table:
    """A running game of four on the default map, its turn opened just now."""
    state = state or new_state(default_grid(), 4)
    return Table.from_board(game_id, state, IDS[: len(state.players)], datetime.now(UTC))


def game(game_id: str, state: State | None = None, **changes: object) -> Game:
    """A running game of four as the game manager shows it, its turn opened just now."""
    state = state or new_state(default_grid(), 4)
    now = datetime.now(UTC)
    fields: dict[str, object] = {
        "game_id": game_id,
        "status": GameStatus.RUNNING,
        "map_source": MapSource.DEFAULT,
        "turn_timeout_seconds": 60,
        "turn_no": state.turn_no,
        "round_no": state.round_no,
        "current_player_id": IDS[state.current],
        "created_at": now,
        "started_at": now,
        "turn_started_at": now,
        "state": GameState.from_board(state, IDS[: len(state.players)]),
    }
    return Game.model_validate(fields | changes)


def started(game_id: str, state: State | None = None) -> StepEvent:
    """The event that opens a game."""
    state = state or new_state(default_grid(), 4)
    return StepEvent(
        game_id=game_id,
        step_seq=1,
        turn_no=1,
        round_no=1,
        event_type=StepEventType.GAME_STARTED,
        result_status=ResultStatus.APPLIED,
        command=None,
        state_after=GameState.from_board(state, IDS[: len(state.players)]),
        created_at=datetime.now(UTC),
    )


def now() -> datetime:
    """The clock of this machine, which in tests is that of Redis."""
    return datetime.now(UTC)


def step(game_id: str, before: State, action: Action, *, age: timedelta = timedelta()) -> tuple[State, StepEvent]:
    """What the current player's action leads to, and the event that says so."""
    after = rules.apply(before, action)
    assert isinstance(after, State)
    timed_out = action.kind == CommandType.TIMEOUT
    event = StepEvent(
        game_id=game_id,
        step_seq=after.turn_no,
        turn_no=after.turn_no,
        round_no=after.round_no,
        event_type=StepEventType.TIMEOUT_APPLIED if timed_out else StepEventType.STEP_APPLIED,
        result_status=ResultStatus.TIMEOUT_APPLIED if timed_out else ResultStatus.APPLIED,
        command=Command(
            command_id=f"{before.turn_no}",
            source=CommandSource.TIMER if timed_out else CommandSource.BOT,
            game_id=game_id,
            player_id=IDS[before.current],
            command_type=action.kind,
            direction=action.direction,
            speak_text=action.text,
            turn_no=before.turn_no,
            sent_at=datetime.now(UTC),
        ),
        state_after=GameState.from_board(after, IDS[: len(after.players)]),
        created_at=datetime.now(UTC) - age,
    )
    return after, event


def history(game_id: str, steps: int) -> list[StepEvent]:
    """A game of four from its start through `steps` shields: the event that opens turn n is at n - 1."""
    board = new_state(default_grid(), 4)
    events = [started(game_id, board)]
    for _ in range(steps):
        board, event = step(game_id, board, SHIELD)
        events.append(event)
    return events


def finished(last: StepEvent) -> StepEvent:
    """The event that ends a game, after its last step."""
    return last.model_copy(update={"event_type": StepEventType.GAME_FINISHED, "command": None})


def a_record(turn_no: int) -> TurnRecord:
    """What is noted of a turn of A's."""
    return TurnRecord(
        turn_no=turn_no,
        player_id=IDS[0],
        player_name=PlayerName.A,
        bot_id="bot-0",
        instance="i1",
        brain="random",
        outcome="ok",
        command_type="shield",
        direction="up",
        decision_ms=1.5,
        event_to_command_ms=2.5,
        figures={"nodes": 7},
        command_id="command-1",
        snapshot="0123456789abcdef",
        guide_version="v1",
    )


def a_command(turn: TurnRef, direction: Direction = Direction.UP, attempt: int = 0) -> Command:
    """What a bot may do in a turn."""
    return Command(
        command_id=command_id(*turn, attempt=attempt),
        source=CommandSource.BOT,
        game_id=turn.game_id,
        player_id=turn.player_id,
        command_type=CommandType.SHIELD,
        direction=direction,
        turn_no=turn.turn_no,
        sent_at=datetime.now(UTC),
    )


def shots(game_id: str, shooter: int, victims_hp: dict[int, int]) -> list[StepEvent]:
    """The beginning of a game, and a shot of one seat after which the others have so many hit points."""
    begin = started(game_id)
    board = new_state(default_grid(), 4)
    _, event = step(game_id, board, Action(CommandType.SHIELD, Direction.UP))
    command = event.command
    assert command is not None
    shot = command.model_copy(update={"command_type": CommandType.SHOOT, "player_id": IDS[shooter]})
    players = tuple(
        player.model_copy(update={"hp": victims_hp.get(seat, player.hp), "alive": victims_hp.get(seat, player.hp) > 0})
        for seat, player in enumerate(event.state_after.players)
    )
    after = event.state_after.model_copy(update={"players": players})
    return [begin, event.model_copy(update={"command": shot, "state_after": after})]
