"""Celery's configuration. The values come from `cowboy.settings`; the reasons stand beside them.

Every process that talks to this broker must use the same values: the shortest visibility timeout wins for all.
"""

from cowboy.celery.broker import Broker
from cowboy.celery.routes import route_task
from cowboy.settings import settings
from cowboy.state.keys import Keys

_settings = settings()

_broker = Broker.of(_settings)

broker_url = _broker.url
broker_use_ssl = _broker.use_ssl
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_pool_acquire_timeout = 3
broker_transport_options = {
    # Far beyond the longest turn, so that a healthy worker's running decision is never handed to a second one.
    "visibility_timeout": 3 * _settings.max_turn_seconds,
    # A lost message is back within seconds of its timeout, not after Celery's usual hundred.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Without these a publish on a half-open connection never returns. A worker whose connection is dead has another
    # within `1 + 2 * health_check_interval` seconds.
    "socket_timeout": 2,
    "socket_connect_timeout": 3,
    "health_check_interval": 2,
    # No priorities: one list per queue to wait on instead of four.
    "priority_steps": [0],
    "global_keyprefix": Keys(_settings.key_prefix).celery_prefix,
    **_broker.transport_options,
}

imports = ("cowboy.tasks",)
task_default_queue = "cowboy"
task_routes = (route_task,)
task_serializer = "json"
accept_content = ["json"]

# Results would be written and never read: the outcome of a turn is its record.
task_ignore_result = True
# A worker that dies takes no turn with it; the turn's claim makes a second delivery harmless.
task_acks_late = True
worker_prefetch_multiplier = 1
# A thread cannot be cancelled; the claim is checked again right before publishing instead.
worker_cancel_long_running_tasks_on_connection_loss = False

# Decisions wait for models or for the search's own deadline. Threads hold a thousand of them in one process.
worker_pool = "threads"
worker_concurrency = _settings.worker_threads
worker_proc_alive_timeout = 30
worker_soft_shutdown_timeout = 5
worker_enable_soft_shutdown_on_idle = True

worker_send_task_events = _settings.task_events
task_send_sent_event = _settings.task_events
