"""A game manager for tests: a real HTTP server that knows the games it was told of."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from cowboy.game.wire.objects import Game

PATH = "/v2/games/"
PATIENCE_SECONDS = 30


class GameManagerServer:
    """Answers `GET /v2/games/{id}`.

    `answers` maps a game's id to the game, or to a status code or a body that a backend in trouble might send; any
    other game is a 404. So it does for other paths, whatever is to be done there; `/health` is well at first. `asked`
    are the ids asked for, in order. While `answering` is not set, every answer waits.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Game | int | bytes] = {"/health": 200}
        self.asked: list[str] = []
        self.answering = threading.Event()
        self.answering.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base_url = f"http://127.0.0.1:{self.server.server_port}"

    def know(self, *games: Game) -> None:
        self.answers.update({game.game_id: game for game in games})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers, asked, answering = self.answers, self.asked, self.answering

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def do_GET(self) -> None:
                game_id = unquote(self.path.removeprefix(PATH))
                asked.append(game_id)
                answering.wait(PATIENCE_SECONDS)
                answer = answers.get(game_id, 404) if self.path.startswith(PATH) else answers.get(self.path, 404)
                body = answer.to_json() if isinstance(answer, Game) else answer if isinstance(answer, bytes) else b"{}"
                self.send_response(answer if isinstance(answer, int) else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@contextmanager
def game_manager_server() -> Iterator[GameManagerServer]:
    manager = GameManagerServer()
    thread = threading.Thread(target=manager.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield manager
    finally:
        manager.server.shutdown()
        thread.join()
        manager.server.server_close()
