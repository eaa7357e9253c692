"""The bot manager, served from a thread of the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from cowboy.settings import Settings
from manager_api.app import create_app


@contextmanager
def bot_manager_server(settings: Settings) -> Iterator[Settings]:
    """These settings, with the address at which the manager made of them answers."""
    server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield settings.model_copy(update={"bot_manager_base_url": f"http://127.0.0.1:{server.server_port}"})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
