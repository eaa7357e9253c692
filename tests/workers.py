"""Celery in a process of its own: workers that are instances, and its other commands."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cowboy.local.environment import environment_of
from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.instances import queue_of
from cowboy.state.keys import Keys
from tests.processes import running
from tests.waiting import wait_for


@contextmanager
def worker(settings: Settings, instance: str = "i1", *, mortal: bool = False) -> Iterator["subprocess.Popen[str]"]:
    """A worker that is this instance, once it has said that it lives. It may end by itself only if it is `mortal`."""
    options = ("-Q", queue_of(instance), "-n", f"{instance}@%h", "--without-gossip", "--without-mingle")
    beats = Keys(settings.key_prefix).instance_beats
    with (
        running("celery", "-A", "cowboy", "worker", *options, settings=settings, mortal=mortal) as process,
        connect(settings) as redis,
    ):
        wait_for(lambda: redis.zscore(beats, instance), 60)
        yield process


def celery(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What a command of Celery's said, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "celery", "-A", "cowboy", *arguments],
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
