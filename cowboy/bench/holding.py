"""How many decisions that wait for a model one worker process holds at once, its rate, its memory.

The worker, the bridge and the bus are the product's own; the feeder keeps one turn open in each of so many games.
"""

import time
from pathlib import Path
from statistics import mean

import psutil
from pydantic import BaseModel, ConfigDict

from cowboy.bench.feeder import Feeder
from cowboy.bench.load import recorded_load
from cowboy.bench.model import ModelServer, profile_of
from cowboy.bench.recording import Recording
from cowboy.bench.systems import SYSTEMS, servers
from cowboy.brains.llm import LLM
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.topics import TopicNames
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings

INSTANCE = "i1"
WORKER = f"worker-{INSTANCE}"
MEMORY_AIM_MB = 0.5
"""For each bot, beyond a worker that has one."""

RATE_AIM = 0.95
"""Of the ideal rate, where the CPU allows it."""


class Holding(BaseModel):
    """One worker, `bots` bots of as many games, `delay` seconds an answer.

    `held` is how many questions the model had in hand on average, `most_held` at most. `ideal_rate` is bots / delay,
    `cpu_bound_rate` what the worker would make with a core to itself, by the CPU time that a decision took it.
    """

    model_config = ConfigDict(frozen=True)

    bots: int
    delay: float
    decisions: int
    rate: float
    held: float
    most_held: int
    worker_cpu_ms: float
    worker_mb: float

    @property
    def ideal_rate(self) -> float:
        return self.bots / self.delay

    @property
    def cpu_bound_rate(self) -> float:
        return 1000 / self.worker_cpu_ms


def hold(settings: Settings, *, bots: int, delay: float, rounds: int) -> Holding:
    """Let `bots` bots play `rounds` turns each that count, after one that does not.

    `settings` are of a stack of its own, with a folder for this alone.
    """
    server = ModelServer(delay)
    own = server.asked_by(settings).model_copy(
        update={"worker_threads": bots + 8, "claim_lease_seconds": 60 + 4 * delay}
    )
    turns = bots * rounds
    # One turn more: the first game plays it before the others begin.
    load = recorded_load(own, games=bots, turns=1 + turns, instances=(INSTANCE,))
    recordings = tuple(map(_played_by_models, load.recordings))
    ours = SYSTEMS[-1]
    with supervising(own.home) as supervisor:
        supervisor.start((*servers(own), server.service))
        topics = TopicNames.of(own)
        with TopicAdmin(own) as admin:
            for recording in recordings:
                admin.create((topics.input_of(recording.game_id), topics.output_of(recording.game_id)))
        ours.assign(own, recordings)
        supervisor.start(tuple(service for service in ours.services(own) if service.name in {"bridge", WORKER}))
        worker = psutil.Process(supervisor.pid(WORKER))
        with Feeder(own, recordings) as feeder:
            feeder.begin_evenly(delay)  # at once, they would come in waves for many rounds
            feeder.play(bots)
            started, busy = time.perf_counter(), _busy(worker)
            played, held = 0, []
            while played < turns:
                played += len(feeder.play(min(turns - played, max(1, bots // 10))))
                held.append(server.seen().held)
            seconds, busy = time.perf_counter() - started, _busy(worker) - busy
        return Holding(
            bots=bots,
            delay=delay,
            decisions=played,
            rate=played / seconds,
            held=mean(held),
            most_held=server.seen().most_held,
            worker_cpu_ms=busy * 1000 / played,
            worker_mb=_proportional_mb(worker.pid),
        )


def _played_by_models(recording: Recording) -> Recording:
    mine = {"brain": LLM, "profile": profile_of("json_schema")}
    return recording._replace(bindings=tuple(binding.model_copy(update=mine) for binding in recording.bindings))


def _busy(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


def _proportional_mb(pid: int) -> float:
    """Memory of a process in which pages that it shares count by its share of them (Linux)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
