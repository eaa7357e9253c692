"""The bot manager API, as its clients call it: the arena, `cowboy match` and the operators' commands."""

from urllib.parse import quote

import httpx

from cowboy.clients.connections import CONNECTIONS, certificates
from cowboy.errors import BotManagerError
from cowboy.errors.cause import reason_of
from cowboy.settings import Settings
from cowboy.settings.redaction import Redaction

MOST_CHARACTERS = 1000
"""Characters kept of an error that the bot manager answers."""


class BotManager:
    """Thread-safe. A call takes at most `Settings.http_timeout_seconds` to connect, and as long to be answered.

    A path is given in parts, behind `/internal/v3`; ids among them may be anything. Raises `BotManagerError`.
    """

    def __init__(self, settings: Settings) -> None:
        token = settings.manager_token
        self._url = settings.bot_manager_base_url
        secret = None if token is None else token.get_secret_value()
        self._redaction = Redaction([secret] if secret else [])
        self._client = httpx.Client(
            base_url=settings.bot_manager_base_url,
            timeout=settings.http_timeout_seconds,
            limits=CONNECTIONS,
            verify=certificates(),
            headers={} if secret is None else {"Authorization": f"Bearer {secret}"},
            trust_env=False,
        )

    def get(self, *path: str, **query: str | int | None) -> bytes:
        """GET; the answer (JSON). Parts of the query that are None are left out."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return self._answer(self._client.build_request("GET", _url(path), params=wanted))

    def post(self, *path: str, body: object) -> bytes:
        """POST or another method; the answer (JSON)."""
        return self._answer(self._client.build_request("POST", _url(path), json=body))

    def close(self) -> None:
        self._client.close()

    def _answer(self, request: httpx.Request) -> bytes:
        try:
            answer = self._client.send(request)
        except httpx.HTTPError as error:
            raise BotManagerError(f"bot manager not reachable: {self._url}: {reason_of(error)}") from None
        if not answer.is_success:
            reason = self._redaction(_reason(answer))[:MOST_CHARACTERS]
            wait = answer.headers.get("retry-after", "")
            wait_seconds = int(wait) if wait.isdecimal() else None
            message = f"bot manager returned {answer.status_code}: {reason}"
            raise BotManagerError(message, answer.status_code, reason, wait_seconds)
        return answer.content


def _url(path: tuple[str, ...]) -> str:
    # A dot is fine in an id, but `..` alone would climb to another route.
    return "/internal/v3/" + "/".join(quote(part, safe="").replace(".", "%2E") for part in path)


def _reason(answer: httpx.Response) -> str:
    """The `error` of an answer in the bot manager's form.

    The text of another server is never shown: it may repeat all that it was sent.
    """
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError, RecursionError):  # the last: nested deeper than the parser goes
        return "not in the bot manager's words; look at BOT_MANAGER_BASE_URL"
