"""A reverse proxy under a path, as small as one can be: it takes its prefix off the address, and adds no header."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cowboy.settings import Bind

HEAD_BYTES = 65_536
PIECE_BYTES = 65_536
NOT_HERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class PrefixProxy:
    """`asked` are the paths that were asked for, whether they are below the prefix or not."""

    def __init__(self, target: Bind, prefix: str) -> None:
        self.asked: list[str] = []
        self._target = target
        self._prefix = prefix.encode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{prefix}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            head, _, rest = _read_head(client).partition(b"\r\n\r\n")
            if not head:
                return
            line, _, headers = head.partition(b"\r\n")
            method, path, version = line.split(b" ")
            self.asked.append(path.decode())
            if not path.startswith(self._prefix + b"/"):
                client.sendall(NOT_HERE)
                return
            if b"upgrade:" not in headers.lower():
                # One request a connection: the next one's path would have to be found in the bytes.
                kept = [one for one in headers.split(b"\r\n") if not one.lower().startswith(b"connection:")]
                headers = b"\r\n".join([*kept, b"Connection: close"])
            request = b" ".join([method, path.removeprefix(self._prefix), version])
            with socket.create_connection((self._target.host, self._target.port)) as server:
                server.sendall(b"\r\n".join([request, headers]) + b"\r\n\r\n" + rest)
                back = threading.Thread(target=_relay, args=(server, client), daemon=True)
                back.start()
                _relay(client, server)
                back.join()


def _read_head(client: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES:
        piece = client.recv(PIECE_BYTES)
        if not piece:
            return b""
        head += piece
    return head


def _relay(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE_BYTES):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def under_a_path(target: Bind, prefix: str = "/cowboy") -> Iterator[PrefixProxy]:
    """With a proxy before `target`, which is to be seen below `prefix`."""
    proxy = PrefixProxy(target, prefix)
    try:
        yield proxy
    finally:
        proxy.close()
