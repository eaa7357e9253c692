"""The operations on games over HTTP: create, look, start, apply, process, finish (docs/wire.md#http).

Every answer is a wire model. No HTTP in here; the routes are in `cowboy.arena.manager` and `cowboy.arena.internal`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import structlog

from cowboy.arena.bots import assign_bots
from cowboy.arena.change import Change
from cowboy.arena.default_map import DefaultMap
from cowboy.arena.record import GameRecord
from cowboy.arena.starts import Starts
from cowboy.arena.store import GameStore
from cowboy.arena.verdict import Verdict, action_of
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.topics import TopicNames
from cowboy.clients.bot_manager import BotManager
from cowboy.errors import BadRequest, BotManagerError, BusError, WorldError
from cowboy.game.board import MAX_PLAYERS, State, new_state
from cowboy.game.maps import map_problem
from cowboy.game.wire.http import (
    AppliedCommand,
    CommandRequest,
    CreatedGame,
    CreateGame,
    FinishedGame,
    FinishGame,
    StartedGame,
)
from cowboy.game.wire.messages import Command
from cowboy.game.wire.objects import Game, Map, PlayerIdentity
from cowboy.game.words import CommandSource, FinishRefusal, MapSource, PlayerName, Refusal, StartRefusal

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Games:
    """Thread-safe; every call may block on Redis, the broker or the bot manager, each for a bounded time.

    `max_turns` is the limit of games that bring none. `on_new_topic` is called with a topic that will be written to,
    `on_new_game` when a game's topics can be read, `on_events` when events are in the outbox.
    """

    names: TopicNames
    store: GameStore
    admin: TopicAdmin
    bots: BotManager
    starts: Starts
    default_map: DefaultMap
    max_turns: int
    now: Callable[[], datetime]
    on_new_topic: Callable[[str], None]
    on_new_game: Callable[[], None]
    on_events: Callable[[], None]

    def show_default_map(self) -> Map:
        return self.default_map.show()

    def get(self, game_id: str) -> Game:
        return self.store.load(game_id).to_game()

    def create(self, wanted: CreateGame) -> CreatedGame:
        """Topics, game, bots, in this order: the bot manager asks for the game while it is being called.

        Raises `BadRequest` for a map that cannot be played on, `BusError` when the topics cannot be made, and
        `BotManagerError` when the bots cannot be had; then nothing of the game is left.
        """
        record = self._new_record(wanted)
        try:
            self._provision(record)
            self.store.add(record)
            self.on_new_game()
            self._assign_bots(record, wanted)
        except WorldError:
            self._undo(record)
            raise
        if PlayerName.A in (wanted.bot_players or ()):
            self.starts.expect(record.game_id)
        log.info("game_created", game_id=record.game_id, players=len(record.player_ids))
        return _created(record)

    def start(self, game_id: str) -> StartedGame:
        """Can be repeated; the second time nothing happens."""

        def edit(change: Change) -> tuple[StartRefusal | None, GameRecord]:
            return change.start(self.now()), change.record

        refusal, record = self.store.change(game_id, edit)
        self.on_events()
        if refusal is None:
            log.info("game_started", game_id=game_id)
        return _started(record, refusal)

    def apply(self, game_id: str, request: CommandRequest) -> AppliedCommand:
        """Carry a command out without any event, as the internal endpoint does."""
        command = command_of(game_id, request)

        def edit(change: Change) -> AppliedCommand:
            outcome = change.record.try_action(request.player_id, request.turn_no, action_of(command))
            if isinstance(outcome, State):
                change.apply(outcome, self.now())
                return _applied(change.record, accepted=True, reason=None)
            return _applied(change.record, accepted=outcome.breaks_a_rule, reason=outcome)

        return self.store.change(game_id, edit)

    def process(self, game_id: str, request: CommandRequest) -> AppliedCommand:
        """Process a command at once as if it had come through the input topic."""
        command = command_of(game_id, request)

        def edit(change: Change) -> tuple[Verdict | None, GameRecord]:
            return change.process(command, self.now()), change.record

        verdict, record = self.store.change(game_id, edit, [command.command_id])
        self.on_events()
        reason = None if verdict is None else verdict.reason
        return _applied(record, accepted=reason is None, reason=reason)

    def finish(self, game_id: str, request: FinishGame) -> FinishedGame:
        """End a game with one player left. Can be repeated."""

        def edit(change: Change) -> tuple[FinishRefusal | None, GameRecord]:
            return change.finish(request.expected_turn_no, self.now()), change.record

        refusal, record = self.store.change(game_id, edit)
        self.on_events()
        return _finished(record, refusal)

    def _new_record(self, wanted: CreateGame) -> GameRecord:
        player_count = min(max(wanted.num_players, 1), MAX_PLAYERS)
        if wanted.map is not None:
            cells = [list(row) for row in wanted.map.cells]
            if problem := map_problem(wanted.map.rows, wanted.map.cols, cells, player_count):
                raise BadRequest(problem)
        grid = (wanted.map or self.default_map.for_game(player_count)).to_grid()
        game_id = str(uuid4())
        return GameRecord(
            game_id=game_id,
            player_ids=tuple(str(uuid4()) for _ in range(player_count)),
            board=new_state(grid, player_count),
            map_source=MapSource.DEFAULT if wanted.map is None else MapSource.CUSTOM,
            turn_timeout_seconds=max(wanted.turn_timeout_seconds, 1),
            max_turns=self.max_turns if wanted.max_turns is None else wanted.max_turns,
            created_at=self.now(),
            input_topic=self.names.input_of(game_id),
            output_topic=self.names.output_of(game_id),
        )

    def _provision(self, record: GameRecord) -> None:
        try:
            self.admin.create([record.input_topic, record.output_topic])
        except BusError as error:
            raise BusError(f"failed to provision Kafka topics for game {record.game_id}: {error}") from error
        self.on_new_topic(record.output_topic)

    def _assign_bots(self, record: GameRecord, wanted: CreateGame) -> None:
        seats = dict(zip(PlayerName, record.player_ids, strict=False))
        try:
            assign_bots(self.bots, record.game_id, seats, wanted)
        except BotManagerError as error:
            if wanted.bot_players != ():
                raise BotManagerError(f"failed to assign bots for game {record.game_id}: {error}") from error
            # Nobody is to be a bot, so people can play without a bot manager.
            log.warning("bot_manager_not_told", game_id=record.game_id, error=str(error))

    def _undo(self, record: GameRecord) -> None:
        """Remove what there is of a game that could not be created. What cannot be removed is logged."""
        try:
            self.store.remove(record.game_id)
            self.admin.delete([record.input_topic, record.output_topic])
        except WorldError as error:
            log.warning("game_not_removed", game_id=record.game_id, error=str(error))


def command_of(game_id: str, request: CommandRequest) -> Command:
    """A command that came over HTTP, as it stands on the input topic."""
    return Command(
        command_id=request.command_id,
        source=CommandSource.USER,
        game_id=game_id,
        player_id=request.player_id,
        command_type=request.command_type,
        direction=request.direction,
        speak_text=request.speak_text,
        turn_no=request.turn_no,
        sent_at=request.client_sent_at,
    )


def _created(record: GameRecord) -> CreatedGame:
    return CreatedGame(
        game_id=record.game_id,
        status=record.status,
        map_source=record.map_source,
        turn_no=record.board.turn_no,
        round_no=record.board.round_no,
        current_player_id=record.current_player_id,
        players=tuple(
            PlayerIdentity(player_name=name, player_id=player_id)
            for name, player_id in zip(PlayerName, record.player_ids, strict=False)
        ),
        turn_timeout_seconds=record.turn_timeout_seconds,
        created_at=record.created_at,
    )


def _started(record: GameRecord, refusal: StartRefusal | None) -> StartedGame:
    return StartedGame(
        game_id=record.game_id,
        status=record.status,
        started=refusal is None,
        reason=refusal,
        turn_no=record.board.turn_no,
        round_no=record.board.round_no,
        current_player_id=record.current_player_id,
        started_at=record.started_at,
    )


def _applied(record: GameRecord, *, accepted: bool, reason: Refusal | str | None) -> AppliedCommand:
    return AppliedCommand(
        accepted=accepted,
        applied=reason is None,
        reason=reason,
        turn_no=record.board.turn_no,
        round_no=record.board.round_no,
        current_player_id=record.current_player_id,
        status=record.status,
    )


def _finished(record: GameRecord, refusal: FinishRefusal | None) -> FinishedGame:
    return FinishedGame(
        finished=refusal is None,
        reason=refusal,
        status=record.status,
        winner_player_id=record.first_alive_id,
        turn_no=record.board.turn_no,
        round_no=record.board.round_no,
        current_player_id=record.current_player_id,
    )
