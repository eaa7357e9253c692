"""A provider of models for chaos: answers well, and while it is told to misbehaves in every way that costs a caller.

It speaks as much of the OpenAI API as the `llm` brain asks for.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

HANG_SECONDS = 30.0
SLOW_SECONDS = 1.0


class Provider:
    """The server's state. `answers` counts what was given, by behaviour."""

    def __init__(self, seed: int) -> None:
        self.answers: dict[str, int] = {}
        self.misbehaving = False
        self.stopped = threading.Event()
        self._chance = Random(seed)  # noqa: S311  # no secret
        self._lock = threading.Lock()

    def next_behaviour(self) -> str:
        with self._lock:
            name = self._chance.choice(list(_BAD)) if self.misbehaving else "right"
            self.answers[name] = self.answers.get(name, 0) + 1
            return name


@contextmanager
def serving(seed: int) -> Iterator[tuple[Provider, str]]:
    """A provider on a free port of this machine, and its base URL, until the block ends."""
    provider = Provider(seed)

    class Handler(_Handler):
        pass

    Handler.provider = provider
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield provider, f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        provider.stopped.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        behaviour = self.provider.next_behaviour()
        try:
            _BAD.get(behaviour, _right)(self)
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, line: str) -> None:
        message = {"role": "assistant", "content": line}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        self.send(200, json.dumps({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice]}).encode())


def _right(on: _Handler) -> None:
    on.say("shield left")


def _slow(on: _Handler) -> None:
    on.provider.stopped.wait(SLOW_SECONDS)
    on.say("shield left")


def _hang(on: _Handler) -> None:
    on.provider.stopped.wait(HANG_SECONDS)
    on.close_connection = True


def _garbage(on: _Handler) -> None:
    on.send(200, b"\x00\xff<html>")


def _error(on: _Handler) -> None:
    on.send(500, b'{"error": {"message": "oh"}}')


def _illegal(on: _Handler) -> None:
    """Well formed and against the rules: the bots of this provider keep their shields to the left."""
    on.say("shoot left")


def _prose(on: _Handler) -> None:
    on.say("Well, partner, that depends on the weather.")


_BAD: dict[str, Callable[[_Handler], None]] = {
    "slow": _slow,
    "hang": _hang,
    "garbage": _garbage,
    "error": _error,
    "illegal": _illegal,
    "prose": _prose,
}
