"""The arena as a process: its parts, wired once, and two HTTP servers in one event loop."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import SystemRandom
from typing import NamedTuple, Self
from uuid import uuid4

import structlog
import uvicorn
from starlette.applications import Starlette

from cowboy.arena.chat import Chat, Speech
from cowboy.arena.clock import Clock
from cowboy.arena.commands import CommandQueue
from cowboy.arena.default_map import DefaultMap
from cowboy.arena.games import Games
from cowboy.arena.gateway import gateway_app
from cowboy.arena.housekeeper import Housekeeper
from cowboy.arena.internal import internal_app
from cowboy.arena.outbox import Outbox
from cowboy.arena.publisher import Publisher
from cowboy.arena.referee import Referee
from cowboy.arena.riders import Riders
from cowboy.arena.starts import Starts
from cowboy.arena.store import GameStore
from cowboy.arena.uvicorn_internals import BACKLOG, ServerInLoop, bounded
from cowboy.arena.watcher import MAX_VIEWERS, Watcher
from cowboy.arena.worker import Worker
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.clients.bot_manager import BotManager
from cowboy.errors import PortTaken
from cowboy.liveness.vitals import Vitals, beating, watch
from cowboy.process.descriptors import raise_limit, room_for_strangers
from cowboy.process.self_check import checking_itself
from cowboy.settings import Bind, Settings, environment_name
from cowboy.state.state import State

GRACE_SECONDS = 1
"""How long requests may take after the process was told to stop; open streams are closed at once."""

MAX_INTERNAL = 200
"""Connections to the internal side: a few for each of our services."""

MAX_CLIENT_MESSAGE_BYTES = 64 * 1024
"""The largest message of a viewer; its content is ignored."""

log = structlog.get_logger(__name__)


def serve(settings: Settings) -> None:
    """Run the arena until SIGTERM or SIGINT.

    Raises `PortTaken`, `BadSetting` for a default map that is none, and `BusError` when the broker does not answer.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(_listen(settings, field)) for field in ("arena_bind", "game_manager_bind")]
        room = Room.of(raise_limit())
        arena = stack.enter_context(running_arena(settings, room.viewers))
        stack.enter_context(checking_itself(settings, "arena", settings.game_manager_bind, "/health"))
        log.info("arena_started", bind=str(settings.arena_bind), internal_bind=str(settings.game_manager_bind))
        asyncio.run(_serve([(arena.public, room.public), (arena.internal, room.internal)], sockets))
    log.info("arena_stopped")


class Room(NamedTuple):
    """How many connections at most the public and the internal side hold, and how many of the public ones may watch."""

    public: int
    internal: int
    viewers: int

    @classmethod
    def of(cls, descriptors: int) -> Self:
        """What so many file descriptors allow. Viewers leave some connections to the page and the API."""
        room = room_for_strangers(descriptors)
        internal = min(MAX_INTERNAL, room // 4)
        public = room - internal
        return cls(public, internal, min(MAX_VIEWERS, public * 3 // 4))


@dataclass(frozen=True)
class Arena:
    """The two applications. The threads behind them run as long as `running_arena`."""

    public: Starlette
    internal: Starlette


@contextmanager
def running_arena(settings: Settings, most_viewers: int = MAX_VIEWERS) -> Iterator[Arena]:
    """All parts wired and all threads at work, until the block ends."""
    with ExitStack() as stack:
        state = State.of(settings)
        redis = stack.enter_context(state.redis)
        vitals = Vitals(state, "arena", f"arena {uuid4().hex}", address=settings.arena_bind)
        stack.enter_context(beating(vitals, settings.heartbeat_seconds))
        now = vitals.clock.now
        producer = stack.enter_context(Producer(settings))
        watch(producer)
        admin = stack.enter_context(TopicAdmin(settings))
        bots = BotManager(settings)
        stack.callback(bots.close)
        names, store, outbox = TopicNames.of(settings), GameStore(settings, redis), Outbox(settings, redis, now)
        dead_letters = state.dead_letters
        watcher = Watcher(settings, store, dead_letters, now, most_viewers)
        publisher = Publisher(settings, store, outbox, producer)
        starts = Starts()

        def after_commands(game_id: str) -> None:
            publisher.wake()
            starts.leave(game_id)

        referee = Referee(settings, store, dead_letters, now, on_commands=after_commands)
        clock = Clock(store, producer, now)
        housekeeper = Housekeeper(settings, store, outbox, admin, now)
        default_map = DefaultMap(settings, redis, SystemRandom())
        games = Games(
            names,
            store,
            admin,
            bots,
            starts,
            default_map,
            settings.max_turns,
            now,
            on_new_topic=producer.expect,
            on_new_game=referee.new_game,
            on_events=publisher.wake,
        )
        chat = [Chat(settings, watcher, dead_letters, now)] if settings.talk == "table" else []
        stack.enter_context(_working(referee, publisher, clock, watcher, housekeeper, *chat))
        commands = CommandQueue(store, producer, now)
        riders = Riders(bots, are_wanted=settings.characters != "off")
        yield Arena(gateway_app(games, commands, watcher, Speech(bots, now), riders), internal_app(games))


@contextmanager
def _working(*workers: Worker) -> Iterator[None]:
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join(GRACE_SECONDS)


@contextmanager
def _listen(settings: Settings, field: str) -> Iterator[socket.socket]:
    bind: Bind = getattr(settings, field)
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    try:
        listener = socket.create_server((bind.host, bind.port), family=family)
    except OSError as error:
        name = environment_name(field)
        raise PortTaken(f"cannot listen on {bind} ({error.strerror}); set {name} to another host:port") from None
    with listener:
        yield listener


def _server(app: Starlette, most_connections: int) -> ServerInLoop:
    return ServerInLoop(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            http=bounded(most_connections),
            backlog=BACKLOG,
            ws="websockets-sansio",
            ws_max_size=MAX_CLIENT_MESSAGE_BYTES,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


async def _serve(apps: list[tuple[Starlette, int]], sockets: list[socket.socket]) -> None:
    servers = [_server(app, most_connections) for app, most_connections in apps]

    def stop() -> None:
        for server in servers:
            server.leave()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await asyncio.gather(*(server.serve([listener]) for server, listener in zip(servers, sockets, strict=True)))
