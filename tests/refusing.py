"""A gate in front of a real Redis that can answer in its place: for refusals that a lone Redis cannot be brought to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from cowboy.settings import Bind


class Gate:
    """Listens at `bind`. Passes everything on, unless `answer` is set: then each command is answered by that error."""

    def __init__(self, redis: Bind, bind: Bind) -> None:
        self.answer = ""
        self.url = f"redis://{bind}/0"
        self._redis = redis
        self._listener = socket.create_server((bind.host, bind.port))

    def serve(self) -> None:
        """Until `close`."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((self._redis.host, self._redis.port))
                for target, ends in ((self._commands, (client, server)), (self._answers, (server, client))):
                    threading.Thread(target=target, args=ends, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _commands(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError), client, server, client.makefile("rb") as stream:
            while command := _command(stream):
                if self.answer:
                    client.sendall(f"-{self.answer} as a test wants it\r\n".encode())
                else:
                    server.sendall(command)

    @staticmethod
    def _answers(server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while part := server.recv(65536):
                client.sendall(part)


def _command(stream: BinaryIO) -> bytes:
    """One command in Redis's words, as it came: how many parts, then each with its length. Empty at the end."""
    head = stream.readline()
    parts = [head]
    for _ in range(int(head[1:] or 0)):
        length = stream.readline()
        parts += [length, stream.read(int(length[1:]) + 2)]
    return b"".join(parts)


@contextmanager
def gate_to(redis: Bind, bind: Bind) -> Iterator[Gate]:
    gate = Gate(redis, bind)
    thread = threading.Thread(target=gate.serve, daemon=True)
    thread.start()
    try:
        yield gate
    finally:
        gate.close()
        thread.join()
