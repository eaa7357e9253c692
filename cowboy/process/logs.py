"""Logging: structlog on top of the standard library's, so that our lines and the libraries' look alike.

With `COWBOY_LOG_FORMAT=json` every line that a service prints is one of JSON: warnings, and errors that nobody caught,
too. A worker's own printing is the business of `cowboy.celery.celery_internals`.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType

import click
import structlog

from cowboy.errors import CowboyError
from cowboy.process.kafka_log_internals import quiet_kafka
from cowboy.process.log_limit import LogLimit
from cowboy.settings import Settings, environment_name

log = structlog.get_logger(__name__)

_NOISY = {
    **dict.fromkeys(("kafka", "uvicorn.error", "waitress.queue"), logging.WARNING),
    **dict.fromkeys(("httpx", "httpcore", "httpx2", "httpcore2", "openai", "deepagents"), logging.WARNING),
    # These two warn of a busy machine, and of a topic that was deleted and came back: daily life here.
    **dict.fromkeys(("kafka.net.selector", "kafka.cluster"), logging.ERROR),
}
"""Libraries' loggers and the least severe level that is worth reading from them."""


# Without the values of local variables, which both renderers would show by themselves: a request's headers, a token.
_TRACEBACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def configure_logs(settings: Settings) -> None:
    """Send all logs of this process to standard error, as `Settings.log_format` says."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        cache_logger_on_first_use=True,
    )
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(_TRACEBACKS), structlog.processors.JSONRenderer()]
        if settings.log_format == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    # While a broker is away, kafka-python tells of each try to reach it, of each client: several lines a second.
    handler.addFilter(LogLimit("kafka"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name, level in _NOISY.items():
        logging.getLogger(name).setLevel(level)
    quiet_kafka()
    if settings.log_format == "json":
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_uncaught
        sys.unraisablehook = lambda it: _log_uncaught(it.exc_type, it.exc_value, it.exc_traceback)
        threading.excepthook = lambda it: _log_uncaught(it.exc_type, it.exc_value, it.exc_traceback)


def _log_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    log.critical("uncaught_error", exc_info=(kind, error, trace))


def tell_refusal(error: CowboyError) -> None:
    """Say why a service does not start: to people, or as a line of its log. For before the settings have been read."""
    if os.environ.get(environment_name("log_format")) == "json":
        configure_logs(Settings.model_construct(log_format="json"))
        log.critical("not_started", error=str(error))
    else:
        click.echo(f"Error: {error}", err=True)


ExceptHook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def one_line_for_ours(hook: ExceptHook) -> ExceptHook:
    """An exception hook that says what an error of ours says, and leaves all others to `hook`."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, CowboyError):
            tell_refusal(error)
        else:
            hook(kind, error, trace)

    return tell
