"""A bot manager that does nothing but note what it is asked: a real HTTP server with settable behaviour."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Call(NamedTuple):
    """One request as it came."""

    path: str
    authorization: str | None
    body: dict[str, Any]


class FakeBotManager:
    """`status` is what it answers, 0 for cutting the connection; `meanwhile` runs before the answer, with the path.

    `words` makes the answer's body of the `Authorization` that was sent. `wait_seconds` is when to ask again.
    """

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}"
        self.reset()

    def reset(self) -> None:
        self.calls: list[Call] = []
        self.status = 200
        self.wait_seconds: int | None = None
        self.meanwhile: Callable[[str], None] | None = None
        self.words: Callable[[str], str] = lambda _: '{"error": "no beds"}' if self.status >= 400 else "not even JSON"


@contextmanager
def fake_bot_manager() -> Iterator[FakeBotManager]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.calls.append(Call(self.path, self.headers["Authorization"], body))
            if fake.meanwhile is not None:
                fake.meanwhile(self.path)
            if fake.status:
                answer = fake.words(self.headers["Authorization"] or "").encode()
                self.send_response(fake.status)
                self.send_header("Content-Length", str(len(answer)))
                if fake.wait_seconds is not None:
                    self.send_header("Retry-After", str(fake.wait_seconds))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake = FakeBotManager(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
