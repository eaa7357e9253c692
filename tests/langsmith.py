"""LangSmith's ingest, as far as its client can tell: takes everything, keeps it, and may be told to dawdle."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INFO = {"version": "0.12.0", "instance_flags": {"zstd_compression_enabled": True}}
"""It would take traces packed as well, as the real one does."""


class LangSmith:
    """`received` are the bodies of all posts, `keys` what they came with.

    Where `gate` is not set, no answer is given until it is.
    """

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.received: list[bytes] = []
        self.keys: list[str | None] = []
        self.gate = threading.Event()
        self.gate.set()

    @property
    def text(self) -> str:
        """All that came, in one."""
        return b"\n".join(self.received).decode("utf-8", "replace")


@contextmanager
def langsmith() -> Iterator[LangSmith]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(json.dumps(INFO).encode())

        def do_POST(self) -> None:
            serving.keys.append(self.headers["x-api-key"])
            serving.received.append(self.rfile.read(int(self.headers["Content-Length"])))
            serving.gate.wait(600)
            with suppress(ConnectionError):  # who sent it may not have waited
                self._answer(b"{}")

        do_PATCH = do_POST  # noqa: N815  # the server's name for it

        def _answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        serving = LangSmith(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield serving
        finally:
            serving.gate.set()
            server.shutdown()
            thread.join()
