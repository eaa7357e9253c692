"""Rounds: every system under every load, in turns, so that whatever else the machine does meets all of them."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import uuid4

from cowboy.bench.arena import arena_turns_per_second
from cowboy.bench.figures import Measurement, Round
from cowboy.bench.load import Load, recorded_load
from cowboy.bench.measurement import measure
from cowboy.bench.systems import INSTANCES, SYSTEMS, System
from cowboy.bus.admin import TopicAdmin
from cowboy.errors import WorldError
from cowboy.local.environment import local_settings
from cowboy.settings import Bind, Settings

Teller = Callable[[str], None]
"""A function that is called with a line for people after each measurement."""


class Plan(NamedTuple):
    """What to measure: `games` of the crowd, `turns` that count in each measurement; on the embedded broker, or on the
    Apache Kafka at `kafka`."""

    rounds: int
    games: int
    turns: int
    with_arena: bool
    kafka: Bind | None = None


def play_rounds(settings: Settings, plan: Plan, tell: Teller) -> Iterator[Round]:
    """Each round as it ends. Raises what `measure` and `arena_turns_per_second` raise."""
    loads = {
        "alone": recorded_load(settings, games=1, turns=plan.turns, instances=INSTANCES),
        "crowd": recorded_load(settings, games=plan.games, turns=plan.turns, instances=INSTANCES),
    }
    for number in range(1, plan.rounds + 1):
        tell(f"round {number} of {plan.rounds}")
        measured: dict[str, dict[str, Measurement]] = {system.name: {} for system in SYSTEMS}
        for name, load in loads.items():
            for system in SYSTEMS:
                measured[system.name][name] = _measure(settings, plan.kafka, system, load, tell)
        rate = _measure_arena(settings, plan.kafka, loads["crowd"], tell) if plan.with_arena else None
        yield Round.model_validate({"systems": measured, "arena_turns_per_second": rate})


def _measure(settings: Settings, kafka: Bind | None, system: System, load: Load, tell: Teller) -> Measurement:
    with private_settings(settings, kafka) as own:
        measured = measure(own, system, load)
    tell(
        f"  {system.name}, {len(load.recordings)} at once: p50 {measured.p50_ms:.1f} ms, p99 {measured.p99_ms:.1f} ms, "
        f"{measured.turns_per_second:.0f} turns a second"
    )
    return measured


def _measure_arena(settings: Settings, kafka: Bind | None, load: Load, tell: Teller) -> float:
    games = len(load.recordings)
    with private_settings(settings, kafka) as own:
        rate = arena_turns_per_second(own, games=games, warm_up_turns=load.warm_up_turns, turns=load.turns)
    tell(f"  ours with the arena, {games} at once: {rate:.0f} turns a second")
    return rate


@contextmanager
def private_settings(settings: Settings, kafka: Bind | None = None) -> Iterator[Settings]:
    """Settings for servers of a moment, in a folder of their own. The folder stays if something fails: for its logs.

    On an Apache Kafka that is there already: for topics of a moment.
    """
    home = settings.home.absolute() / f"bench-{os.getpid()}"
    try:
        own = local_settings(settings.model_copy(update={"home": home}), free_ports=True)
        if kafka is None:
            yield own
        else:
            with _private_topics(own, kafka) as on_kafka:
                yield on_kafka
    except WorldError as error:
        raise WorldError(f"{error}; the logs are in {home / 'logs'}") from error
    shutil.rmtree(home)


@contextmanager
def _private_topics(settings: Settings, kafka: Bind) -> Iterator[Settings]:
    name = f"bench-{uuid4().hex[:8]}"
    own = settings.model_copy(
        update={
            "kafka_bootstrap_servers": str(kafka),
            "broker_kind": "kafka",
            "input_topic_prefix": f"{name}.commands",
            "output_topic_prefix": f"{name}.output",
        }
    )
    try:
        yield own
    finally:
        with TopicAdmin(own) as admin:
            admin.delete(topic for topic in admin.list() if topic.startswith(f"{name}."))
