"""HTTP as all routes of the arena speak it: bodies, answers, errors, CORS (docs/wire.md#http)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from anyio import CapacityLimiter, to_thread
from pydantic import ValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cowboy.errors import BusError, CallerError, WorldError
from cowboy.errors.validation import faults, first_fault
from cowboy.game.wire.base import Wire
from cowboy.game.wire.http import Error

MAX_BODY_BYTES = 2 * 1024 * 1024
PUBLIC_PREFIX = "/v2/"
CORS_MAX_AGE_SECONDS = 86_400

Endpoint = Callable[[Request], Awaitable[Response]]
W = TypeVar("W", bound=Wire)

log = structlog.get_logger(__name__)


def answering(
    act: Callable[..., Wire],
    body: type[Wire] | None = None,
    limiter: CapacityLimiter | None = None,
    first: Callable[..., Awaitable[None]] | None = None,
) -> Endpoint:
    """An endpoint that calls `act` with the path's parameters, and the body if it wants one.

    `act` may block, so it runs in a thread; `limiter` says in how many at once, the framework's default without. It
    runs when `first`, called with the path's parameters, is over.
    """

    async def endpoint(request: Request) -> Response:
        arguments = list(request.path_params.values())
        if body is not None:
            arguments.append(_parse(body, await _read_json(request)))
        if first is not None:
            await first(*request.path_params.values())
        return json_response(await to_thread.run_sync(act, *arguments, limiter=limiter))

    return endpoint


def json_response(answer: Wire, status: int = 200) -> Response:
    return Response(answer.to_json(), status, media_type="application/json")


async def _read_json(request: Request) -> bytes:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise HTTPException(415, "the body must be JSON, with Content-Type: application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
    return bytes(body)


def _parse(kind: type[W], body: bytes) -> W:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        status = 400 if faults(error)[0].kind == "json_invalid" else 422
        raise HTTPException(status, first_fault(error, "body")) from None


# -- errors: always {"error": …}, never a stack trace --------------------------------------------------------------


async def _on_error(request: Request, error: Exception) -> Response:
    match error:
        case HTTPException():
            answer = json_response(Error(error=error.detail), error.status_code)
            answer.headers.update(error.headers or {})
            return answer
        case CallerError():
            answer = json_response(Error(error=str(error)), error.status)
            if error.wait_seconds is not None:
                answer.headers["Retry-After"] = str(error.wait_seconds)
            return answer
        case WorldError():
            log.warning("request_failed", path=request.url.path[:200], error=str(error))
            # The contract wants 500 where the broker failed and 502 where another service did.
            return json_response(Error(error=str(error)), 500 if isinstance(error, BusError) else error.status)
        case _:
            return json_response(Error(error="internal error; the arena's log says more"), 500)


ERROR_HANDLERS: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = dict.fromkeys(
    (HTTPException, CallerError, WorldError, Exception), _on_error
)


# -- CORS --------------------------------------------------------------------------------------------------------------


class Cors:
    """Lets pages of any origin use `/v2`: no route there depends on the caller.

    Existing gateways send the allow-origin header twice, which browsers refuse; here it stands once. The
    internal routes get none.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PUBLIC_PREFIX):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await _preflight(scope)(scope, receive, send)
        else:
            await self._app(scope, receive, _allowing_any_origin(send))


def _preflight(scope: Scope) -> Response:
    read_only = scope["path"].endswith(("/stream", "/snapshot"))
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": Headers(scope=scope).get("origin", "*"),
            "Access-Control-Allow-Methods": "GET, OPTIONS" if read_only else "GET, POST, OPTIONS",
            "Access-Control-Allow-Headers": "Content-Type, Authorization",
            "Access-Control-Max-Age": str(CORS_MAX_AGE_SECONDS),
            "Vary": "Origin",
        },
    )


def _allowing_any_origin(send: Send) -> Send:
    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Access-Control-Allow-Origin"] = "*"
        await send(message)

    return send_with_header
