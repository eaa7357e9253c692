"""The self-check of a process that serves HTTP: it calls itself as others do, which is a part of its health."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager

from cowboy.errors import WorldError
from cowboy.process.service import repeating
from cowboy.settings import Bind, Settings

CHECK_SECONDS = 2.0
PATIENCE_SECONDS = 3.0


@contextmanager
def checking_itself(settings: Settings, kind: str, bind: Bind, path: str) -> Iterator[None]:
    """While the block lasts, the process is healthy only if `GET path` is answered at `bind`.

    Without a health file nothing is asked.
    """
    if settings.health_file is None:
        yield
        return
    with repeating(lambda: _call(bind, path), kind=kind, rest_seconds=CHECK_SECONDS):
        yield


def _call(bind: Bind, path: str) -> None:
    connection = http.client.HTTPConnection(bind.host, bind.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise WorldError(f"GET {path} at {bind}, which is this process, failed: {type(error).__name__}") from None
    finally:
        connection.close()
    if status != http.client.OK:
        raise WorldError(f"GET {path} at {bind}, which is this process, answered {status}")
