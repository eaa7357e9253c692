"""A bot manager that answers what a test says and notes what it is asked: a real HTTP server."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

PREFIX = "/internal/v3/"


class Call(NamedTuple):
    """One request as it came; the path with its query, and without what is in front of all of them."""

    method: str
    path: str
    authorization: str | None
    body: Any


class OperatorsApi:
    """`answers` are (status, body) by path without query; where it has none, the answer is an empty object.

    A body that is bytes is sent as it is. Where `gate` is not set, no answer is given until it is.
    """

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}"
        self.calls: list[Call] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        self.gate = threading.Event()
        self.gate.set()

    def answer(self, path: str, body: Any, status: int = 200) -> None:
        self.answers[path] = (status, body)


@contextmanager
def operators_api() -> Iterator[OperatorsApi]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            path = self.path.removeprefix(PREFIX)
            api.calls.append(Call(self.command, path, self.headers["Authorization"], json.loads(body or b"null")))
            api.gate.wait(30)
            status, answer = api.answers.get(path.partition("?")[0], (200, {}))
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            with suppress(ConnectionError):  # who asked may not have waited
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  # the server's name for it

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api = OperatorsApi(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield api
        finally:
            api.gate.set()
            server.shutdown()
            thread.join()
