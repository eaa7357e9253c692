"""The Celery application. `celery -A cowboy …` finds it; its configuration is the top-level `celeryconfig.py`."""

import logging
from typing import Any

from celery import Celery
from celery.signals import import_modules, setup_logging

from cowboy.celery_output import print_nothing
from cowboy.logs import configure_logs
from cowboy.settings import settings
from cowboy.transport import use_kept_clients
from cowboy.worker import register_instance

use_kept_clients()
app = Celery("cowboy", amqp="cowboy.transport:Amqp")
app.config_from_object("celeryconfig")
register_instance(app)


@import_modules.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _logs(**_: Any) -> None:
    # A worker and Flower import the tasks first of all; who only sends them does not. Flower sends no other signal.
    configure_logs(settings())


@setup_logging.connect  # type: ignore[untyped-decorator]
def _logs_of_celery(loglevel: int, **_: Any) -> None:
    # Connecting this signal is what keeps Celery from setting up logging of its own. Its `--loglevel` is about what
    # Celery itself says: at its `info`, two lines for each turn.
    logging.getLogger("celery").setLevel(loglevel)
    if settings().log_format == "json":
        print_nothing()
