"""No secret is shown by a command, in an answer or in a log, whatever is wrong with it or with whom it is sent to."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from cowboy.clients.bot_manager import BotManager
from cowboy.errors import BotManagerError
from cowboy.settings import Settings, environment_name, environment_names
from cowboy.settings.secret import secret_fields

pytestmark = pytest.mark.integration

MARK = "hunter2-hunter2"
TOKEN = f"{MARK}-of-the-manager"
COMMANDS = {
    "operators": ("cowboy", "games", "list"),
    "doctor": ("cowboy", "doctor"),
    "manager": ("cowboy", "manager"),
    "arena": ("cowboy", "arena"),
    "bridge": ("cowboy", "bridge"),
    "keeper": ("cowboy", "keeper"),
    "up": ("cowboy", "up"),
    "match": ("cowboy", "match"),
    "probe": ("cowboy", "brain", "probe"),
    "turns": ("cowboy", "turns", "show", "g1"),
    "worker": ("celery", "-A", "cowboy", "worker", "-Q", "bots.i1"),
    "inspect": ("celery", "-A", "cowboy", "inspect", "ping"),
    "call": ("celery", "-A", "cowboy", "call", "cowboy.tasks.decide_command", "--args", '["g", "p", 1]'),
    "flower": ("celery", "-A", "cowboy", "flower"),
}


def run(arguments: tuple[str, ...], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name not in environment_names()}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def check(done: "subprocess.CompletedProcess[str]") -> str:
    """It failed, in a line or a few, and showed no secret."""
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "Traceback" not in said
    assert MARK not in said
    return said


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_secrets_that_cannot_be_used_are_refused_by_name_and_not_shown(command: tuple[str, ...]) -> None:
    names = [environment_name(field) for field, _ in secret_fields(Settings)]
    said = check(run(command, dict.fromkeys(names, f"{MARK}\n{MARK}-é")))
    assert [name for name in names if f"{name}:" not in said] == []


@pytest.mark.parametrize(
    ("command", "format_"),
    [(command, "console") for command in ("operators", "doctor", "turns", "inspect", "call", "bridge")]
    + [("doctor", "json"), ("bridge", "json")],
)
def test_secrets_that_are_refused_elsewhere_are_not_shown(
    redis_url: str, hostile: str, tmp_path: Path, command: str, format_: str
) -> None:
    port = redis_url.partition("//")[2]
    environment = {
        "COWBOY_HOME": str(tmp_path),
        "COWBOY_REDIS_URL": f"redis://{MARK}@{port}",
        "COWBOY_REDIS_PASSWORD": MARK,
        "COWBOY_MANAGER_TOKEN": TOKEN,
        "BOT_MANAGER_BASE_URL": hostile,
        "GAME_MANAGER_BASE_URL": hostile,
        "COWBOY_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "COWBOY_KAFKA_USERNAME": "cowboy",
        "COWBOY_KAFKA_PASSWORD": MARK,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "COWBOY_LOG_FORMAT": format_,
    }
    check(run(COMMANDS[command], environment))


class Echo(BaseHTTPRequestHandler):
    """A server that repeats what it is sent, as pages for developers do."""

    def do_GET(self) -> None:
        body = str(self.headers).encode()
        if self.path.startswith("/internal/v3/json"):
            body = b'{"error": "you sent %s"}' % self.headers["Authorization"].encode()
        self.send_response(500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hostile() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["json", "page"])
def test_what_another_server_says_of_our_token_is_not_repeated(hostile: str, path: str) -> None:
    manager = BotManager(Settings(bot_manager_base_url=hostile, manager_token=TOKEN))
    with pytest.raises(BotManagerError, match="bot manager returned 500") as caught:
        manager.get(path)
    assert MARK not in str(caught.value)
    manager.close()


def test_a_token_that_got_in_unchecked_is_not_repeated_either() -> None:
    """Code can build settings past all checks; a client of HTTP then quotes the header."""
    settings = Settings.model_construct(
        manager_token=Settings(manager_token=TOKEN).manager_token.__class__(f"{TOKEN}\n"),
        bot_manager_base_url="http://127.0.0.1:1",
        http_timeout_seconds=1,
    )
    manager = BotManager(settings)
    with pytest.raises(BotManagerError, match=r"bot manager not reachable: http://127\.0\.0\.1:1: ") as caught:
        manager.get("games")
    assert MARK not in str(caught.value)
    assert caught.value.__cause__ is None
    manager.close()


@pytest.mark.parametrize("before", [0, 990], ids=["at the beginning", "where it is cut off"])
@pytest.mark.parametrize("token", [TOKEN, TOKEN.replace("-", "%2D"), TOKEN.replace("-", "\\u002d")], ids=repr)
def test_what_the_bot_manager_says_of_our_token_is_not_repeated(before: int, token: str) -> None:
    body = f'{{"error": "{"x" * before}{token}"}}'.encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(500, content=body))
    manager = BotManager(Settings(manager_token=TOKEN))
    manager._client = httpx.Client(base_url="http://127.0.0.1:1", transport=transport)
    with pytest.raises(BotManagerError, match="bot manager returned 500: ") as caught:
        manager.get("games")
    assert "hunter" not in str(caught.value)
