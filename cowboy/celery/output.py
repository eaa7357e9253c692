"""What a Celery worker prints beside its logs, and how to have a log of JSON lines without it."""

from celery.apps import worker


def print_nothing() -> None:
    """Drop a worker's banner, and its word about shutting down; ours are `instance_registered`, `instance_draining`.

    celery 5.7.0 writes both straight to standard output, the second from a handler of signals. There is no setting for
    the second, and none but an option of the command line for the first.
    """
    worker.Worker.emit_banner = lambda _worker: None
    worker.safe_say = lambda *_: None
