"""The header `Idempotency-Key`: a request that is sent again under the same key is answered again, not carried out.

Answers below 500 are kept. After a failure of ours, and soon after the death of the process that was carrying it out,
the request may be tried again under the same key.
"""

import hashlib
import re
import threading

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest, Conflict, UnprocessableEntity

from cowboy.errors import WorldError
from cowboy.state.idempotency import MARKED, Answer, Answers, Entry

log = structlog.get_logger(__name__)

KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_SECONDS = 180.0
"""Longer than any request takes, with all its waits."""
_PRINTABLE = re.compile(r"[ -~]{1,128}")


def repeat_answers(app: Flask, answers: Answers) -> None:
    """Have `app` heed the header on everything that changes something. Call it after what may refuse a request."""

    @app.before_request
    def _begin() -> Response | None:
        key = request.headers.get(KEY)
        if key is None or request.method not in {"POST", "DELETE"} or request.url_rule is None:
            return None
        if not _PRINTABLE.fullmatch(key):
            raise BadRequest(f"{KEY}: must be of 1 to 128 printable ASCII characters")
        asked = _fingerprint()
        entry, ours = answers.begin(key, asked)
        if ours:
            g.idempotent = (key, entry)
            g.renewing = _Renewing(answers, key, entry)
            return None
        if entry.request != asked:
            raise UnprocessableEntity(f"{KEY}: was used for another request; take another one")
        if entry.answer is None:
            raise Conflict(f"{KEY}: the first request is still being carried out; try again")
        return _replay(entry.answer)

    @app.after_request
    def _end(response: Response) -> Response:
        if begun := g.pop("idempotent", None):
            key, mark = begun
            _settle(answers, key, mark, response)
        return response

    app.teardown_request(_end_renewing)


class _Renewing:
    """Keeps a mark from expiring while its request is carried out, in a thread of its own."""

    def __init__(self, answers: Answers, key: str, mark: Entry) -> None:
        self._over = threading.Event()
        threading.Thread(target=self._renew, args=(answers, key, mark), name="idempotency", daemon=True).start()

    def end(self) -> None:
        self._over.set()

    def _renew(self, answers: Answers, key: str, mark: Entry) -> None:
        every = MARKED.total_seconds() / 3
        for _ in range(int(LONGEST_SECONDS / every)):
            if self._over.wait(every):
                return
            try:
                answers.renew(key, mark)
            except WorldError as error:
                log.warning("mark_not_renewed", error=str(error))


def _end_renewing(_error: BaseException | None) -> None:
    if renewing := g.pop("renewing", None):
        renewing.end()


def _fingerprint() -> str:
    """Method, path and body of the request, in a form that gives nothing of them away."""
    head = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(head + request.get_data()).hexdigest()


def _replay(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, mimetype="application/json")
    response.headers[REPLAYED] = "true"
    return response


def _settle(answers: Answers, key: str, mark: Entry, response: Response) -> None:
    kept = Answer(status=response.status_code, body=response.get_data(as_text=True))
    try:
        answers.settle(key, mark, kept if response.status_code < 500 else None)
    except WorldError as error:  # the request is carried out; its caller shall know
        log.warning("answer_not_kept", error=str(error))
