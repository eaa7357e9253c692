"""Stored answers to requests with an idempotency key, so that each request is carried out once."""

import secrets
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from cowboy.process.milliseconds import milliseconds
from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys

KEPT = timedelta(days=1)
MARKED = timedelta(seconds=10)
"""A mark expires after this if its process, which renews it, has died."""


class Answer(BaseModel):
    """Of an HTTP request."""

    model_config = ConfigDict(frozen=True)

    status: int
    body: str


class Entry(BaseModel):
    """What is kept under a key: which request it was used for, and the answer; None as long as that is on its way.

    `owner` differs for each request received.
    """

    model_config = ConfigDict(frozen=True)

    request: str
    owner: str
    answer: Answer | None = None


class Answers:
    """All answers of the last day, by idempotency key."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys
        self._renew_request = script(client, "renew_request")
        self._settle_request = script(client, "settle_request")

    def begin(self, key: str, request: str) -> tuple[Entry, bool]:
        """Mark a request as being carried out, if nothing is kept under its key. Returns what is kept then, and whether
        it is ours.

        `request` is a text that differs for different requests.
        """
        mark = Entry(request=request, owner=secrets.token_hex(16))
        with state_errors("marking a request"):
            while not self._redis.set(self._keys.answer(key), mark.model_dump_json(), nx=True, ex=MARKED):
                stored = self._redis.get(self._keys.answer(key))
                if isinstance(stored, str):  # otherwise it has just expired
                    return Entry.model_validate_json(stored), False
        return mark, True

    def renew(self, key: str, mark: Entry) -> bool:
        """Renew a mark. Returns false if it is no longer ours, or has become an answer."""
        with state_errors("renewing the mark of a request"):
            return bool(
                self._renew_request(
                    keys=[self._keys.answer(key)],
                    args=[mark.model_dump_json(), milliseconds(MARKED)],
                )
            )

    def settle(self, key: str, mark: Entry, answer: Answer | None) -> bool:
        """Keep the answer, or none.

        Without an answer (None) the mark goes, which allows the request to be carried out again. Returns false if the
        mark is no longer ours.
        """
        text = mark.model_copy(update={"answer": answer}).model_dump_json() if answer is not None else ""
        with state_errors("keeping an answer"):
            settled = self._settle_request(
                keys=[self._keys.answer(key)], args=[mark.model_dump_json(), text, int(KEPT.total_seconds())]
            )
        return bool(settled)
