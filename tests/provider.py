"""A provider of models that behaves as told: an OpenAI-compatible server for tests, and for trying things by hand.

    .venv/bin/python -m tests.provider --port 9999 --behaviour slow

Each request is answered by the next behaviour of the script; the last one stays. What was asked is kept, bytes and all.
"""

import argparse
import functools
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

GAP_SECONDS = 0.05
"""Between two bytes of a trickle: far below every time limit on a single read."""

HUGE_BYTES = 10_000_000


class Asked(NamedTuple):
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]

    @property
    def prompt(self) -> str:
        """What the model is shown, of all roles."""
        return "\n".join(str(message["content"]) for message in self.json["messages"])


class Given(NamedTuple):
    """An answer to the letter."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024  # hundreds of callers come at once


class Provider:
    """The server. `says` is the command line that its model answers with, in whatever form it is asked for.

    `given` is what it answers, to the letter, while it behaves as `word_for_word`.
    """

    def __init__(self, *script: str, says: str = "shield left", port: int = 0) -> None:
        self.says = says
        self.given = Given(b"")
        self.asked: list[Asked] = []
        self.stopped = threading.Event()
        self._script = list(script) or ["right"]
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def behave(self, *script: str) -> None:
        """Answer the next requests so."""
        with self._lock:
            self._script = list(script)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let go of all requests that wait, then of the port."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, asked: Asked) -> str:
        with self._lock:
            self.asked.append(asked)
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(Answering):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = Asked(self.path, dict(self.headers), body)
                self.provider = provider
                try:
                    BEHAVIOURS[provider._next(asked)](self, asked)
                except OSError:
                    self.close_connection = True  # the caller has given up, as is to be expected of it

        return Handler


@contextmanager
def running_provider(*script: str, says: str = "shield left") -> Iterator[Provider]:
    provider = Provider(*script, says=says)
    provider.start()
    try:
        yield provider
    finally:
        provider.stop()


class Answering(BaseHTTPRequestHandler):
    """What behaviours are made of."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or head and body are 40 ms apart
    provider: Provider

    def log_message(self, *args: object) -> None:
        """Tests keep what was asked; nobody reads lines."""

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def send_message(self, **message: object) -> None:
        self.send(200, completion(message))

    def trickle(self, content: bytes) -> None:
        """One byte after the other, until the caller or the test has had enough."""
        for byte in content:
            if self.provider.stopped.wait(GAP_SECONDS):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()


def completion(message: Mapping[str, object], finish_reason: str = "stop") -> bytes:
    """An answer with this message of the model."""
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": "saloon-7b",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", **message}}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 12, "total_tokens": 912},
    }
    return json.dumps(document).encode()


def as_json(line: str) -> str:
    """A command line as the object that the schemas ask for."""
    kind, _, rest = line.partition(" ")
    spoken = kind == "speak"
    return json.dumps(
        {"command_type": kind, "direction": None if spoken else rest, "speak_text": rest if spoken else None}
    )


def form_of(asked: Asked) -> str:
    """In which output mode it was asked."""
    body = asked.json
    return "tool" if body.get("tools") else "json_schema" if "response_format" in body else "text"


def message_for(asked: Asked, line: str, arguments: str | None = None) -> dict[str, object]:
    """A command in the form asked for: a tool call, JSON, or the line itself."""
    body = asked.json
    if tools := body.get("tools"):
        function = {"name": tools[0]["function"]["name"], "arguments": arguments or as_json(line)}
        return {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
    return {"content": arguments or (as_json(line) if "response_format" in body else line)}


# -- behaviours ------------------------------------------------------------------------------------------------------


def right(on: Answering, asked: Asked) -> None:
    on.send_message(**message_for(asked, on.provider.says))


def word_for_word(on: Answering, asked: Asked) -> None:
    """Whatever a test has given it."""
    given = on.provider.given
    on.send(given.status, given.body, **given.headers)


def no_system(on: Answering, asked: Asked) -> None:
    """Its template knows no role but the user's and its own; of forms it knows none."""
    if any(message["role"] == "system" for message in asked.json["messages"]):
        on.send(400, b'{"message": "System role not supported"}')
    else:
        only_text(on, asked)


def no_system_in_a_200(on: Answering, asked: Asked) -> None:
    """The same, but it refuses with a status of success, as gateways do."""
    if any(message["role"] == "system" for message in asked.json["messages"]):
        on.send(200, b'{"error": "System role not supported"}')
    elif "response_format" in asked.json or "tools" in asked.json:
        on.send(200, b'{"error": {"message": "unsupported parameter", "code": "400"}}')
    else:
        only_text(on, asked)


def plain(on: Answering, asked: Asked) -> None:
    """The bare line, whatever form was asked for."""
    on.send_message(content=on.provider.says)


def fenced(on: Answering, asked: Asked) -> None:
    """The object in a fence with a word before it, whatever form was asked for."""
    on.send_message(content=f"Here you are:\n```json\n{as_json(on.provider.says)}\n```")


def no_usage(on: Answering, asked: Asked) -> None:
    """The right answer, but no word about tokens."""
    document = json.loads(completion(message_for(asked, on.provider.says)))
    del document["usage"]
    on.send(200, json.dumps(document).encode())


def only_schema(on: Answering, asked: Asked) -> None:
    """Knows no other form than JSON by a schema."""
    _answer_only("json_schema", on, asked)


def only_tool(on: Answering, asked: Asked) -> None:
    """Knows no other form than a tool call."""
    _answer_only("tool", on, asked)


def only_text(on: Answering, asked: Asked) -> None:
    """Refuses to answer in any form."""
    _answer_only("text", on, asked)


def _answer_only(form: str, on: Answering, asked: Asked) -> None:
    if form_of(asked) == form:
        right(on, asked)
    else:
        on.send(400, b'{"error": {"message": "unsupported parameter"}}')


def illegal(on: Answering, asked: Asked) -> None:
    """A command of the right form that its player may not give: nobody can shoot through the own shield."""
    on.send_message(**message_for(asked, "shoot up"))


def wrong_schema(on: Answering, asked: Asked) -> None:
    on.send_message(**message_for(asked, "", arguments='{"action": "fire", "at": 7}'))


def prose(on: Answering, asked: Asked) -> None:
    on.send_message(content="Well, partner, that depends on the weather.")


def echo(on: Answering, asked: Asked) -> None:
    """Says what it was sent, the head with the key included."""
    on.send_message(content="\n".join(f"{name}: {value}" for name, value in asked.headers.items()))


def echo_in_a_note(on: Answering, asked: Asked) -> None:
    """A good command, and what it was sent as the model's note to itself."""
    on.send_message(content=f"{on.provider.says}\nnote: {asked.headers.get('authorization')}")


def echo_in_a_refusal(on: Answering, asked: Asked) -> None:
    on.send(401, json.dumps({"error": {"message": f"unknown: {asked.headers.get('authorization')}"}}).encode())


def echo_in_an_error(on: Answering, asked: Asked) -> None:
    """Of success, by its status."""
    on.send(200, json.dumps({"error": f"unknown: {asked.headers.get('authorization')}"}).encode())


def cut_short(on: Answering, asked: Asked) -> None:
    """Talks until its provider's limit ends it in the middle."""
    message = message_for(
        asked, "", arguments='{"command_type": "speak", "direction": null, "speak_text": "and then, and'
    )
    on.send(200, completion(message, finish_reason="length"))


def empty(on: Answering, asked: Asked) -> None:
    on.send_message(content=None)


def refusal(on: Answering, asked: Asked) -> None:
    on.send_message(content=None, refusal="I'm sorry, I can't help with shooting people.")


def foreign_tool(on: Answering, asked: Asked) -> None:
    """Calls a tool that it was never offered."""
    function = {"name": "write_file", "arguments": '{"file_path": "/etc/passwd", "content": "x"}'}
    on.send_message(content=None, tool_calls=[{"id": "call_1", "type": "function", "function": function}])


def garbage(on: Answering, asked: Asked) -> None:
    on.send(200, b"\x00\xff<html>not what you think</html>")


def no_choices(on: Answering, asked: Asked) -> None:
    on.send(200, b'{"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": []}')


def slow(on: Answering, asked: Asked) -> None:
    """Takes the question and says nothing."""
    on.provider.stopped.wait(60)
    on.close_connection = True


def trickle(on: Answering, asked: Asked) -> None:
    """The head at once, the body byte by byte."""
    body = completion(message_for(asked, on.provider.says))
    on.send_response(200)
    on.send_header("Content-Type", "application/json")
    on.send_header("Content-Length", str(len(body)))
    on.end_headers()
    on.trickle(body)


def trickle_head(on: Answering, asked: Asked) -> None:
    """Not even the head at once."""
    on.trickle(b"HTTP/1.1 200 OK\r\nX-Patience: " + b"x" * 2000)


def rate_limited(on: Answering, asked: Asked) -> None:
    on.send(429, b'{"error": {"message": "slow down", "code": "rate_limit_exceeded"}}', Retry_After="30")


def server_error(on: Answering, asked: Asked) -> None:
    on.send(500, b'{"error": {"message": "oh"}}')


def hang_up(on: Answering, asked: Asked) -> None:
    on.close_connection = True


def huge(on: Answering, asked: Asked) -> None:
    on.send(200, _huge_answer())


@functools.cache
def _huge_answer() -> bytes:
    return completion({"content": "shield left " * (HUGE_BYTES // 12)})


def packed(on: Answering, asked: Asked) -> None:
    """Small on its way, huge when it is unpacked."""
    on.send(200, _packed_answer(), Content_Encoding="gzip")


@functools.cache
def _packed_answer() -> bytes:
    return gzip.compress(completion({"content": " " * HUGE_BYTES}))


def moved(on: Answering, asked: Asked) -> None:
    """Sends the caller, and its key, somewhere else."""
    on.send(307, b"", Location=f"{on.provider.base_url}/elsewhere")


def stream(on: Answering, asked: Asked) -> None:
    """Server-sent events, asked for or not."""
    delta = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": on.provider.says}}]}
    on.send(200, f"data: {json.dumps(delta)}\n\ndata: [DONE]\n\n".encode(), Content_Type="text/event-stream")


BEHAVIOURS: dict[str, Callable[[Answering, Asked], None]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        right,
        word_for_word,
        no_system,
        no_system_in_a_200,
        plain,
        fenced,
        no_usage,
        only_schema,
        only_tool,
        only_text,
        illegal,
        wrong_schema,
        prose,
        echo,
        echo_in_a_note,
        echo_in_a_refusal,
        echo_in_an_error,
        cut_short,
        empty,
        refusal,
        foreign_tool,
        garbage,
        no_choices,
        slow,
        trickle,
        trickle_head,
        rate_limited,
        server_error,
        hang_up,
        huge,
        packed,
        moved,
        stream,
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(description="A provider of models that behaves as told.")
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--behaviour", nargs="+", choices=sorted(BEHAVIOURS), default=["right"])
    parser.add_argument("--says", default="shield left", help="the command that the model answers with")
    options = parser.parse_args()
    provider = Provider(*options.behaviour, says=options.says, port=options.port)
    provider.start()
    print(f"answering at {provider.base_url}; end with Ctrl-C", flush=True)  # noqa: T201  # by hand
    try:
        provider.stopped.wait()
    except KeyboardInterrupt:
        provider.stop()


if __name__ == "__main__":
    main()
