"""A provider of models for chaos: it answers correctly, or misbehaves in every known way while it is told to.

It speaks as much of the OpenAI API as the `llm` brain asks for.
"""

import gzip
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
            name = self._chance.choice(list(_MISBEHAVIOUR)) if self.misbehaving else "right"
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
            _MISBEHAVIOUR.get(behaviour, _right)(self)
        except OSError:
            self.close_connection = True  # the client has gone

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def say(self, line: str | None, finish_reason: str = "stop", **message: object) -> None:
        self.send(200, _completion({"role": "assistant", "content": line, **message}, finish_reason))


def _completion(message: dict[str, object], finish_reason: str = "stop") -> bytes:
    choice = {"index": 0, "finish_reason": finish_reason, "message": message}
    return json.dumps({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice]}).encode()


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


def _two_commands(on: _Handler) -> None:
    on.say("move up\nshield left")


def _cut_off(on: _Handler) -> None:
    on.say('{"command_type": "speak", "speak_text": "and then, and', "length")


def _error_of_success(on: _Handler) -> None:
    on.send(200, b'{"error": {"message": "oh", "code": 503}}')


def _not_packed(on: _Handler) -> None:
    """Says that it is."""
    on.send(200, _completion({"content": "shield left"}), Content_Encoding="gzip")


def _packed(on: _Handler) -> None:
    """A right answer, as are all that follow."""
    on.send(200, gzip.compress(_completion({"content": "shield left"})), Content_Encoding="gzip")


def _stream(on: _Handler) -> None:
    deltas = ({"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in ("shield ", "left"))
    events = "".join(f"data: {json.dumps(delta)}\n\n" for delta in deltas)
    on.send(200, f"{events}data: [DONE]\n\n".encode(), Content_Type="text/event-stream")


def _thought(on: _Handler) -> None:
    on.say("<think>\nmove up?\nmove up\n</think>\nshield left<|im_end|>")


def _thought_alone(on: _Handler) -> None:
    on.say("", reasoning_content="B is near.\nshield left")


def _channel(on: _Handler) -> None:
    on.say("<|channel|>analysis<|message|>Up?<|end|><|start|>assistant<|channel|>final<|message|>shield left<|return|>")


def _call(on: _Handler) -> None:
    """Without an id, its arguments an object."""
    arguments = {"command_type": "SHIELD", "direction": "Left"}
    on.say(None, "tool_calls", tool_calls=[{"function": {"name": "NotedCommand", "arguments": arguments}}])


def _call_in_text(on: _Handler) -> None:
    arguments = "{'command_type': 'shield', 'direction': 'left',}"
    on.say(f"<tool_call>{{'name': 'NotedCommand', 'arguments': {arguments}}}</tool_call>")


_ODD: dict[str, Callable[[_Handler], None]] = {
    "packed": _packed,
    "stream": _stream,
    "thought": _thought,
    "thought_alone": _thought_alone,
    "channel": _channel,
    "call": _call,
    "call_in_text": _call_in_text,
}
"""Right answers in forms that a caller may not be ready for."""

_BAD: dict[str, Callable[[_Handler], None]] = {
    "slow": _slow,
    "hang": _hang,
    "garbage": _garbage,
    "error": _error,
    "illegal": _illegal,
    "prose": _prose,
    "two_commands": _two_commands,
    "cut_off": _cut_off,
    "error_of_success": _error_of_success,
    "not_packed": _not_packed,
}

_MISBEHAVIOUR = {**_BAD, **_ODD}
