"""A provider of models for measurements: always the same legal command, after a fixed delay, at next to no cost.

A program: `python -m cowboy.bench.model_server 127.0.0.1:9998 0.5`, the delay in seconds. It ends by a signal. It knows
just what our clients send: whole requests with a length, on connections that are kept open. `GET /` tells what it saw.
"""

import asyncio
import json
import sys
from collections.abc import Mapping

COMMAND = {"command_type": "shield", "direction": "left", "speak_text": None}
"""Legal in every state."""

LINE = "shield left"


class Seen:
    """Questions so far, their bytes without heads, how many wait for an answer, and the most that ever did."""

    def __init__(self) -> None:
        self.requests = self.bytes = self.held = self.most_held = 0

    def begin(self, body: bytes) -> None:
        self.requests += 1
        self.bytes += len(body)
        self.held += 1
        self.most_held = max(self.most_held, self.held)


class _Connection(asyncio.Protocol):
    """One client. Questions are answered in the order in which they came, each `delay` seconds after it was whole."""

    def __init__(self, delay: float, seen: Seen) -> None:
        self._delay = delay
        self._seen = seen
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # asyncio's typing
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (whole := _first_request(self._received)) is not None:
            head, body, self._received = whole
            if head.startswith(b"GET"):
                self._send(json.dumps(vars(self._seen)).encode())
                continue
            self._seen.begin(body)
            answer = _COMPLETIONS[_form(body)]
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._answer, answer)
            else:
                self._answer(answer)

    def _answer(self, document: bytes) -> None:
        self._seen.held -= 1
        self._send(document)

    def _send(self, document: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(document)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(head + document)


def _first_request(received: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Head, body, and what follows; None while there is no whole request yet."""
    head, end, rest = received.partition(b"\r\n\r\n")
    if not end:
        return None
    length = next(
        (int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    return (head, rest[:length], rest[length:]) if len(rest) >= length else None


def _form(body: bytes) -> str:
    """In which form it is asked for an answer. Looked for, not parsed: a prompt cannot hold an unescaped quote."""
    return "tool" if b'"tools":' in body else "json_schema" if b'"response_format":' in body else "text"


def _completion(message: Mapping[str, object]) -> bytes:
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_767_225_600,
        "model": "bench",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 12, "total_tokens": 912},
    }
    return json.dumps(document).encode()


# What `cowboy.brains.llm.answer` calls the form of an answer that may hold a note.
_FUNCTION = {"name": "NotedCommand", "arguments": json.dumps(COMMAND)}
_COMPLETIONS = {
    "text": _completion({"content": LINE}),
    "json_schema": _completion({"content": json.dumps(COMMAND)}),
    "tool": _completion({"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": _FUNCTION}]}),
}


async def serve(host: str, port: int, delay: float) -> None:
    """Answer for ever."""
    loop = asyncio.get_running_loop()
    seen = Seen()
    server = await loop.create_server(lambda: _Connection(delay, seen), host, port, backlog=2048)
    await server.serve_forever()


def main() -> None:
    host, _, port = sys.argv[1].rpartition(":")
    asyncio.run(serve(host, int(port), float(sys.argv[2])))


if __name__ == "__main__":
    main()
