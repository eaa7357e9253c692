"""What Cowboy needs of Celery 5.7 that has no public way: a worker that prints nothing beside its logs.

`pyproject.toml` bounds the version; `tests/integration/test_json_logs.py` fails when one of the parts moves.
"""

from celery.apps import worker


def print_nothing() -> None:
    """Drop a worker's banner and its message about shutting down, which would break a log of JSON lines.

    celery 5.7.0 writes both straight to standard output, the second from a handler of signals. There is no setting for
    the second, and only an option of the command line for the first. The log events `instance_registered` and
    `instance_draining` say the same.
    """
    worker.Worker.emit_banner = lambda _worker: None
    worker.safe_say = lambda *_: None
