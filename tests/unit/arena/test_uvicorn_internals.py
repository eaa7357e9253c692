"""The private parts of uvicorn that Cowboy changes are where it looks for them, and do what it expects of them."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import uvicorn

from cowboy.arena.uvicorn_internals import BACKLOG, ServerInLoop, bounded

PATIENCE_SECONDS = 30

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def answer(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def serving(test: Callable[[Connect], Awaitable[None]], app: Any = answer) -> None:
    """Run `test` beside a server that holds one connection at most."""

    async def run() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = uvicorn.Config(app, lifespan="off", log_config=None, http=bounded(1), backlog=BACKLOG)
        server = ServerInLoop(config)
        running = asyncio.create_task(server.serve([listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await test(lambda: asyncio.open_connection("127.0.0.1", port))
        finally:
            server.force_exit = True
            server.leave()
            await running
            listener.close()

    asyncio.run(run())


async def closed(*writers: asyncio.StreamWriter) -> None:
    for writer in writers:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def status(reader: asyncio.StreamReader) -> bytes:
    return (await reader.readline()).split(b" ")[1]


def test_a_new_connection_replaces_an_idle_one() -> None:
    async def test(connect: Connect) -> None:
        idle, idle_writer = await connect()
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await status(reader) == b"204"
        with suppress(ConnectionError):
            assert await idle.read() == b""
        await closed(writer, idle_writer)

    serving(test)


def test_a_new_connection_is_refused_while_all_others_are_being_answered() -> None:
    held = asyncio.Event()

    async def hold(_scope: Any, receive: Any, _send: Any) -> None:
        held.set()
        while (await receive())["type"] != "http.disconnect":
            pass

    async def test(connect: Connect) -> None:
        _, busy = await connect()
        busy.write(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
        await held.wait()
        reader, writer = await connect()
        assert await status(reader) == b"503"
        await closed(writer, busy)

    serving(test, hold)


def test_callers_that_come_at_once_wait_for_a_busy_server() -> None:
    async def test(connect: Connect) -> None:
        reader, writer = await connect()
        address = writer.get_extra_info("peername")
        # The server runs in this thread, so it accepts nothing meanwhile.
        for waiting in [socket.create_connection(address, timeout=PATIENCE_SECONDS) for _ in range(3 * BACKLOG)]:
            waiting.close()
        assert await reader.read() == b"", "replaced by one of them"
        await closed(writer)

    serving(test)


def test_a_server_sets_no_signal_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def test(_connect: Connect) -> None:
        assert signal.getsignal(signal.SIGTERM) is before

    serving(test)


def test_a_server_that_nobody_calls_sleeps_and_its_date_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: list[int] = []
    on_tick = uvicorn.Server.on_tick

    async def count(server: uvicorn.Server, counter: int) -> bool:
        ticks.append(counter)
        return await on_tick(server, counter)

    async def date(connect: Connect) -> datetime:
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answered = await reader.read()
        await closed(writer)
        (told,) = [line for line in answered.decode().splitlines() if line.lower().startswith("date:")]
        return parsedate_to_datetime(told.partition(":")[2].strip())

    async def test(connect: Connect) -> None:
        first, before = await date(connect), len(ticks)
        while len(ticks) < before + 3:
            await asyncio.sleep(0.01)
        assert await date(connect) - first >= timedelta(seconds=2)

    monkeypatch.setattr(uvicorn.Server, "on_tick", count)
    serving(test)
