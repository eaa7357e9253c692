"""The Celery application. `celery -A cowboy …` finds it; its configuration is the top-level `celeryconfig.py`."""

import logging
import sys
from typing import Any

from celery import Celery
from celery.signals import import_modules, setup_logging

from cowboy.celery.celery_internals import print_nothing
from cowboy.celery.kombu_internals import use_kept_clients
from cowboy.celery.registration import register_instance
from cowboy.errors import CowboyError
from cowboy.process.logs import configure_logs, one_line_for_ours, tell_refusal
from cowboy.settings import settings
from cowboy.settings.environment import withhold

# Celery would take them over `broker_url`, and lead a part of the tasks to another program's Redis.
withhold(("CELERY_BROKER_", "CELERY_RESULT_BACKEND"))

sys.excepthook = one_line_for_ours(sys.excepthook)  # `celery …` does not know our errors
use_kept_clients()
app = Celery("cowboy", amqp="cowboy.celery.kombu_internals:Amqp")
app.config_from_object("celeryconfig")
register_instance(app)


@import_modules.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _logs(**_: Any) -> None:
    # A worker and Flower import the tasks first of all; a process that only sends them does not. Flower sends no other
    # signal.
    try:
        configure_logs(settings())
    except CowboyError as error:
        # Whatever else a signal's receiver raises, Celery logs with its traceback.
        tell_refusal(error)
        raise SystemExit(1) from None


@setup_logging.connect  # type: ignore[untyped-decorator]
def _logs_of_celery(loglevel: int, **_: Any) -> None:
    # Connecting this signal is what keeps Celery from setting up logging of its own. Its `--loglevel` is about what
    # Celery itself says: at its `info`, two lines for each turn.
    logging.getLogger("celery").setLevel(loglevel)
    if settings().log_format == "json":
        print_nothing()
