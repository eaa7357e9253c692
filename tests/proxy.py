"""A TCP proxy that makes trouble on demand: slow, stalled, cut, half-closed and half-open connections.

Two threads for each connection, one for each direction. All methods may be called from any thread.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cowboy.settings import Bind

PIECE_BYTES = 65_536


class _Link:
    """One connection: its two ends, and whether anything passes between them."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.flowing = threading.Event()

    def close(self) -> None:
        self.flowing.set()
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Proxy:
    """Made by `proxying`. `bind` is where it listens; `target`, which may be changed, is where new connections go.

    `delay_seconds` is added to each piece of an answer.
    """

    def __init__(self, target: Bind, bind: Bind) -> None:
        self.target = target
        self.bind = bind
        self.delay_seconds = 0.0
        self._listener = socket.create_server((bind.host, bind.port))
        self._lock = threading.Lock()
        self._links: set[_Link] = set()
        self._stranded: set[_Link] = set()
        self._stalled = False
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stall(self) -> None:
        """Nothing passes any more, on present connections and new ones, until `flow`."""
        with self._lock:
            self._stalled = True
            for link in self._links:
                link.flowing.clear()

    def flow(self) -> None:
        """Everything passes again; what was held back first."""
        with self._lock:
            self._stalled = False
            for link in self._links - self._stranded:
                link.flowing.set()

    def strand(self) -> None:
        """Present connections stay open, and nothing ever passes on them again: half-open. New ones work."""
        with self._lock:
            self._stranded |= self._links
            for link in self._links:
                link.flowing.clear()

    def half_close(self) -> None:
        """The clients of present connections get an end of the answers; what they say still passes."""
        with self._lock:
            for link in self._links:
                with suppress(OSError):
                    link.client.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """End all present connections."""
        with self._lock:
            for link in self._links:
                link.close()

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(5)
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((self.target.host, self.target.port), 5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._begin(_Link(client, server))

    def _begin(self, link: _Link) -> None:
        with self._lock:
            self._links.add(link)
            if not self._stalled:
                link.flowing.set()
        thread = threading.Thread(target=self._keep, args=(link,), daemon=True)
        self._threads = [*(known for known in self._threads if known.is_alive()), thread]
        thread.start()

    def _keep(self, link: _Link) -> None:
        answering = threading.Thread(target=self._pump, args=(link, link.server, link.client, True), daemon=True)
        answering.start()
        self._pump(link, link.client, link.server, False)
        answering.join()
        with self._lock:
            self._links.discard(link)
            self._stranded.discard(link)
        link.client.close()
        link.server.close()

    def _pump(self, link: _Link, source: socket.socket, sink: socket.socket, answering: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                if answering and self.delay_seconds:
                    time.sleep(self.delay_seconds)
                link.flowing.wait()
                sink.sendall(piece)
        # An end is news as well: it waits for its turn like everything else.
        link.flowing.wait()
        link.close()


@contextmanager
def proxying(target: Bind, bind: Bind) -> Iterator[Proxy]:
    """A proxy at `bind`, until the block ends."""
    proxy = Proxy(target, bind)
    try:
        yield proxy
    finally:
        proxy.stop()
