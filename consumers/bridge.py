"""The turn bridge: reads the output topics of live games, and dispatches a decision when it is a bot's turn.

    share ──► poll ──► decode ──► follow ──► store tables ──► dispatch ──► store positions

Any number of bridges share the games. What a bridge stores names its lease of the game. A bridge that is refused lets
the game go, so a bridge that was asleep while another took over dispatches nothing. Where events do not say whose turn
it is, or none comes, the game manager is asked. All state is in Redis. When Redis or the broker fails, the bridge
forgets what it holds and begins again from the stored positions; a turn dispatched twice meets its claim.
"""

import threading
from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from structlog.contextvars import bound_contextvars

from cowboy.bots.ending import Ending
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.reader import Batch, TopicReader
from cowboy.bus.topics import TopicNames
from cowboy.celery.dispatch import OpenTurn, dispatch
from cowboy.clients.game_manager import GameManager
from cowboy.errors import GameManagerError, WorldError
from cowboy.game.outcomes import ClaimState
from cowboy.game.summary import summarise
from cowboy.game.turns import News, Table, follow, table_of
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import Game
from cowboy.game.words import GameStatus
from cowboy.liveness.vitals import Vitals, watch_reader
from cowboy.process.milliseconds import milliseconds
from cowboy.process.periodic import PeriodicTask, run_due
from cowboy.process.service import repeat
from cowboy.state.client import Call
from cowboy.state.moments import EventStored
from cowboy.state.state import State
from cowboy.state.tables import Position, Update
from cowboy.state.turns import TurnRef

log = structlog.get_logger(__name__)

READER = "bridge"
POLL_MS = 100
SHARING_SECONDS = 0.2
"""The time between two heartbeats, or a third of a lease if that is less. A new game is read after this at most.
Longer while the bridge rests."""

REST_SECONDS = 1.0
"""How long a bridge rests where all its games are silent, or a third of a lease, or the time between two beats, if that
is less. The bell rings for a new game, too."""
VANISHED_SECONDS = 10.0
REPLACED_SECONDS = 5.0
RECOVERY_SECONDS = 1.0
QUESTIONS_AT_ONCE = 4
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
SILENCE = timedelta(seconds=10)
"""A game that shows no event this long after its turn has run out is asked about: an event can be lost for good."""
UNSEEN = timedelta(seconds=60)
"""How often the game manager is asked about a game without any event: it may have begun while none could be read."""
LONGEST_TURN_SECONDS = 365 * 86_400
"""A longer turn timeout counts as this: beyond any game, and within what dates can hold."""


@dataclass
class Live:
    """A game that is being read: what is known of it, and what a batch of events has added.

    `untold` are the events that listeners were not told yet, each with the table that was known before it.
    `lost` means that the events do not say whose turn it is; until the game manager does, or a later event, the
    stored position stays before them.
    """

    game_id: str
    lease: str
    turn_timeout: timedelta
    table: Table | None
    position: int = 0
    queued_turn: int = 0
    summaries: list[str] = field(default_factory=list)
    untold: list[tuple[StepEvent, Table | None]] = field(default_factory=list)
    used_up_by: list[str] = field(default_factory=list)
    changed: bool = False
    over: bool = False
    lost: bool = False
    read_from: datetime = BEFORE_ALL
    asked_at: datetime = BEFORE_ALL
    answer: "Future[Game | None] | None" = None
    max_turns: int | None = None

    def deadline(self, now: datetime) -> datetime:
        """When the open turn runs out, if it is `now` by Redis's clock.

        The opening event's time is a close upper estimate of the turn's start, unless it lies in the future: then the
        backend's clock is ahead, and the turn began just now.
        """
        return (min(self.table.opened_at, now) if self.table else now) + self.turn_timeout

    @property
    def is_queued(self) -> bool:
        """The open turn was dispatched, by this bridge or by one before it."""
        return self.table is None or self.table.turn_no == self.queued_turn

    def needs_asking(self, now: datetime) -> bool:
        """Only the game manager can tell how the game stands."""
        if self.table is None:
            return self.lost or now > max(self.read_from, self.asked_at) + UNSEEN
        return self.lost or now > max(self.deadline(now), self.asked_at) + SILENCE


class Bridge:
    """One bridge. Not thread-safe: one thread runs it. Raises `BusError` when the broker is away as it starts."""

    def __init__(self, state: State, name: str) -> None:
        settings = state.settings
        self._name = name
        self._settings = settings
        self._topics = TopicNames.of(settings)
        self._games = state.games
        self._tables = state.tables
        self._leases = state.leases
        self._vitals = Vitals(state, "bridge", name)
        self._presence = state.bridges
        self._ending = Ending(state)
        self._listeners = state.listeners
        self._game_manager = GameManager(settings, hasty=True)
        self._reader = TopicReader(settings, StepEvent, partial(state.dead_letters.add, READER), heeds_all=True)
        self._reader.connect()
        watch_reader(self._reader.hearing)
        self._admin = TopicAdmin(settings)
        # A slow game manager must hold up neither the other games nor the heartbeat that keeps the leases.
        self._askers = ThreadPoolExecutor(QUESTIONS_AT_ONCE, "ask-game-manager")
        self._asked: list[Live] = []
        self._live: dict[str, Live] = {}
        self._missing: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set. After a failure of Redis or the broker it tries again, after growing pauses."""
        tasks = (
            PeriodicTask(self._settings.heartbeat_seconds, self._vitals.beat),
            PeriodicTask(min(SHARING_SECONDS, self._settings.bridge_lease_seconds / 3), self._share),
            PeriodicTask(RECOVERY_SECONDS, self._ask),
            PeriodicTask(VANISHED_SECONDS, self._forget_vanished),
            PeriodicTask(REPLACED_SECONDS, self._reread_replaced),
        )

        rest_ms = milliseconds(
            min(REST_SECONDS, self._settings.heartbeat_seconds, self._settings.bridge_lease_seconds / 3)
        )

        def step() -> None:
            run_due(tasks)
            self._hear()
            self._handle(self._reader.poll(POLL_MS, rest_ms))

        threading.Thread(target=self._wake_at, args=(stop,), daemon=True).start()
        repeat(stop, step, kind="bridge", recover=self._let_go)

    def _wake_at(self, stop: threading.Event) -> None:
        stop.wait()
        self._reader.wake()

    def close(self) -> None:
        """Leave the games to the other bridges, and close all connections."""
        try:
            self._vitals.leave()
            self._presence.leave(self._name)
        except WorldError as error:
            log.warning("deregistration_failed", error=str(error))
        self._reader.close()
        self._admin.close()
        self._askers.shutdown(cancel_futures=True)
        self._game_manager.close()

    # -- which games ------------------------------------------------------------------------------------------------

    def _share(self) -> None:
        """Send a heartbeat. From now on read the games of this bridge's share, and no others."""
        mine = self._leases.share(self._name)
        if mine == {live.game_id: live.lease for live in self._live.values()}:
            return
        self._drop([live for live in self._live.values() if mine.get(live.game_id) != live.lease])
        ids = mine.keys() - self._live.keys()
        fresh = [live for game_id in ids if (live := self._load(game_id, mine[game_id])) is not None]
        if not fresh:
            return
        self._live.update({live.game_id: live for live in fresh})
        self._reader.add({live.game_id: live.position for live in fresh})
        # The bridge before us may have stored a turn and died before dispatching it.
        self._settle([live for live in fresh if not live.is_queued])
        for live in fresh:
            log.info("game_read", game_id=live.game_id, position=live.position)

    def _load(self, game_id: str, lease: str) -> Live | None:
        game = self._games.get(game_id)
        if game is None:
            return None
        table, position, queued_turn = self._tables.load(game_id)
        turn_timeout = timedelta(seconds=min(game.turn_timeout_seconds, LONGEST_TURN_SECONDS))
        live = Live(game_id, lease, turn_timeout, table, position or 0, queued_turn or 0, max_turns=game.max_turns)
        live.read_from = self._vitals.clock.now()
        if table is None and live.queued_turn:
            live.position = live.queued_turn = 0  # what was read is lost: only the topic can tell it again
        return live

    def _drop(self, games: Collection[Live]) -> None:
        """Stop reading these games.

        If they are still this bridge's, the next heartbeat finds them again with their stored state.
        """
        if not games:
            return
        for live in games:
            self._live.pop(live.game_id, None)
        self._reader.drop([live.game_id for live in games])

    def _let_go(self) -> None:
        """Forget everything: what was read but not handled must be read again, from the stored positions."""
        self._live.clear()
        self._leases.doubt()
        self._reader.follow({})

    def _forget_vanished(self) -> None:
        """A topic that is gone ends its game: its last event may have been missed (docs/wire.md#life-of-the-topics)."""
        if not self._live:
            return
        existing = set(self._admin.list())
        missing = {game_id for game_id in self._live if self._topics.output_of(game_id) not in existing}
        for game_id in missing & self._missing:
            log.warning("topic_vanished", game_id=game_id)
            self._end(self._live[game_id], "its topic is gone")
        self._missing = missing

    def _reread_replaced(self) -> None:
        """Read topics from offset 0 again that a broker which keeps everything in memory has lost."""
        if self._settings.broker_kind != "tansu":
            return  # Apache Kafka tells its readers so itself
        lost = self._reader.lost(self._live)
        if lost:
            log.warning("topics_replaced", topics=len(lost))
            replaced = [self._live[game_id] for game_id in lost]
            self._tables.store_positions(Position(live.game_id, 0, live.queued_turn, live.lease) for live in replaced)
            self._let_go()

    def _end(self, live: Live, reason: str) -> None:
        self._ending.end(live.game_id, reason)
        self._drop([live])

    # -- what happens in them -----------------------------------------------------------------------------------------

    def _handle(self, batches: Iterable[Batch[StepEvent]]) -> None:
        touched: list[Live] = []
        for batch in batches:
            live = self._live.get(batch.game_id)
            if live is not None:
                with bound_contextvars(game_id=live.game_id):
                    for message in batch.messages:
                        self._take_in(live, message.value)
                live.position = batch.position
                touched.append(live)
        self._settle(touched)

    def _take_in(self, live: Live, event: StepEvent) -> None:
        live.summaries.append(summarise(event))
        live.untold.append((event, live.table))
        if event.consumed_a_turn and event.command is not None:
            live.used_up_by.append(event.command.command_id)
        table, news, skipped = follow(live.table, event)
        if skipped:
            log.warning("events_missed", turn_no=event.turn_no, turns=skipped)
        if news == News.LOST_TRACK:
            live.lost = True
        elif news != News.NOTHING:
            live.table, live.changed, live.lost = table, True, False
            # With one player left only the announcement of the end is to come, which may be lost with its topic.
            # The same holds when no further turn is allowed.
            live.over = news in {News.FINISHED, News.ONE_LEFT} or (
                table is not None and live.max_turns is not None and table.turn_no > live.max_turns
            )

    def _ask(self) -> None:
        """Ask the game manager about the games that only it can tell of."""
        now = self._vitals.clock.now()
        for live in self._live.values():
            if live.answer is None and live.needs_asking(now):
                live.asked_at = now
                live.answer = self._askers.submit(self._game_manager.get, live.game_id)
                live.answer.add_done_callback(lambda _: self._reader.wake())
                self._asked.append(live)

    def _hear(self) -> None:
        """Take in the answers that have come. A game without one is asked about again."""
        answers = [(live, live.answer) for live in self._asked if live.answer is not None and live.answer.done()]
        for live, answer in answers:
            self._asked.remove(live)
            live.answer = None
            with bound_contextvars(game_id=live.game_id):
                self._take_answer(live, answer)
        self._settle([live for live, _ in answers if self._live.get(live.game_id) is live])

    def _take_answer(self, live: Live, answer: "Future[Game | None]") -> None:
        try:
            game = answer.result()
        except GameManagerError as error:
            log.warning("game_not_recovered", error=str(error))
            return
        if game is not None and live.table is not None and game.turn_no < live.table.turn_no:
            return  # events have told more meanwhile, or the manager is behind
        if game is not None and game.status == GameStatus.CREATED:
            live.lost = False
            return  # its first event is still to come
        if (now := self._vitals.clock.now()) > live.deadline(now):
            live.queued_turn = 0  # what was queued for it has run out; it may have been given more time
        live.lost = False
        live.over = game is None or game.status == GameStatus.FINISHED
        if game is not None:
            live.table, live.changed = table_of(game), True
        log.info("game_recovered", turn_no=game.turn_no if game else None, over=live.over)

    def _settle(self, touched: Collection[Live]) -> None:
        """Store the tables and dispatch bots' turns, then note how far the games were read, and end those that are
        over. A game that is refused is let go: another bridge has it by now, or knows more.
        """
        going_on = [live for live in touched if not live.over]
        refused = self._dispatch([live for live in going_on if live.changed or not live.is_queued])
        positions = [
            Position(live.game_id, live.position, live.queued_turn, live.lease)
            for live in going_on
            if not live.lost and live.game_id not in refused
        ]
        refused |= self._tables.store_positions(
            positions, *self._told([live for live in touched if live.game_id not in refused])
        )
        if refused:
            log.warning("games_let_go", games=sorted(refused)[:10], count=len(refused))
            self._drop([live for live in going_on if live.game_id in refused])
            self._leases.doubt()
        for live in touched:
            if live.over:
                self._end(live, "over")

    def _told(self, games: Collection[Live]) -> list[Call]:
        """What listeners want stored of these games' new events. It goes before the positions: told at least once."""
        moments = [EventStored(event, live.table, before) for live in games for event, before in live.untold]
        for live in games:
            live.untold.clear()
        return self._listeners.events_stored(*moments)

    def _dispatch(self, games: Collection[Live]) -> set[str]:
        """Store what is known of each, then queue a decision where it is a bot's turn; the games that were refused."""
        tables = [(live, live.table) for live in games if live.table is not None]
        if not tables:
            return set()
        now = self._vitals.clock.now()
        answers = self._tables.store(
            Update(table, live.deadline(now), tuple(live.summaries), tuple(live.used_up_by), live.lease)
            for live, table in tables
        )
        stored = list(zip(tables, answers, strict=True))
        dispatch(
            OpenTurn(TurnRef(table.game_id, bot.player_id, table.turn_no), bot.instance)
            for (live, table), (accepted, bot, _) in stored
            if accepted and bot is not None and not live.is_queued and live.deadline(now) > now
        )
        for (live, table), (accepted, _, closed) in stored:
            if accepted:
                live.changed, live.queued_turn = False, table.turn_no
                live.summaries.clear()
                live.used_up_by.clear()
            if closed == ClaimState.EXPIRED:
                log.warning("turn_expired", game_id=table.game_id, before_turn_no=table.turn_no)
        return {table.game_id for (_, table), (accepted, *_) in stored if not accepted}
