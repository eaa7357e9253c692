"""Measuring one system under one load, on servers of its own: the embedded broker slows down as messages pile up.

An Apache Kafka that is there already is used by all in turn, each with topics of its own.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil

from cowboy.bench.feeder import Feeder
from cowboy.bench.figures import Measurement
from cowboy.bench.load import Load
from cowboy.bench.systems import System, servers
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.topics import TopicNames
from cowboy.errors import WorldError
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings

Processes = Mapping[str, psutil.Process]


def measure(settings: Settings, system: System, load: Load) -> Measurement:
    """`settings` are those of `local_settings`, with a home for this measurement alone.

    Raises `OperatorError` when a process cannot be started, `WorldError` when the system stops answering or answers
    with something else than was recorded.
    """
    with _running(settings, system, load) as processes, Feeder(settings, load.recordings) as feeder:
        feeder.begin()
        feeder.play(load.warm_up_turns)
        before, started = _busy_seconds(processes), time.perf_counter()
        durations_ms = feeder.play(load.turns)
        seconds, after = time.perf_counter() - started, _busy_seconds(processes)
        if system.decides:
            _check(feeder)
    return Measurement.of(durations_ms, seconds, {name: after[name] - before[name] for name in processes})


@contextmanager
def _running(settings: Settings, system: System, load: Load) -> Iterator[Processes]:
    """Servers, topics, games, system. Yields all processes by name, our own as the feeder."""
    topics = TopicNames.of(settings)
    with supervising(settings.home) as supervisor:
        supervisor.start(servers(settings))
        with TopicAdmin(settings) as admin:
            games = [recording.game_id for recording in load.recordings]
            admin.create(name for game_id in games for name in (topics.input_of(game_id), topics.output_of(game_id)))
        system.assign(settings, load.recordings)
        services = system.services(settings)
        supervisor.start(services)
        names = [service.name for service in (*servers(settings), *services)]
        yield {"feeder": psutil.Process()} | {name: psutil.Process(supervisor.pid(name)) for name in names}


def _busy_seconds(processes: Processes) -> dict[str, float]:
    times = {name: process.cpu_times() for name, process in processes.items()}
    return {name: used.user + used.system for name, used in times.items()}


def _check(feeder: Feeder) -> None:
    for lane in feeder.lanes:
        if problem := lane.recording.problem(list(lane.commands.values())):
            raise WorldError(f"the bench is void: {problem}")
