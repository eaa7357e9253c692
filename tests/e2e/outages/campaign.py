"""Twenty games on Apache Kafka while something happens to it, judged by their topics as chaos does.

    python -m tests.e2e.outages.campaign <home> <brokers> <trouble>

Prints its outcome as JSON. A process of its own, since kafka-python leaves sockets behind while no broker answers.
"""

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import cycle
from pathlib import Path
from unittest.mock import patch

import structlog

from cowboy.chaos.faults import KINDS, Fault
from cowboy.chaos.nemesis import Happened
from cowboy.chaos.provider import serving
from cowboy.chaos.run import Campaign, Plan, campaigning
from cowboy.chaos.system import System, chaos_settings, running_system
from cowboy.chaos.verdict import Violation
from cowboy.local.environment import redis_bind
from cowboy.local.servers import redis_service
from cowboy.settings import Settings
from tests.brokers import BrokerKind, Brokers, make_brokers, moving_kafka
from tests.e2e.outages.house import ROOMS

PLAN = Plan(
    games=20,
    parallel=20,
    kinds=(),
    every_seconds=0,
    fault_seconds=0,
    turn_timeout_seconds=10,
    players=4,
    max_turns=60,
    brain="random",
    duration_seconds=None,
    seed=7,
    broker_kind="kafka",
)
AT_SECONDS = 1.0
"""When the trouble begins, after the last game did."""
PAUSE_SECONDS = 7.0
KILL_EVERY_SECONDS = 10.0


TROUBLES = {
    "pause": [Fault(AT_SECONDS, KINDS["broker-stop"], "broker", PAUSE_SECONDS, seed=0)],
    "kill": [Fault(AT_SECONDS, KINDS["broker-restart"], "broker", 0.0, seed=0)],
    "nodes": [],
}
"""With `nodes` one after the other is killed until the games are over."""
TURNS = {"nodes": 120}
"""Of a game, where the plan's are too few."""


@contextmanager
def one_node_after_the_other_killed(system: System, happened: list[Happened]) -> Iterator[None]:
    """Every ten seconds, or as soon as all are back: a second one away would be too many."""
    over = threading.Event()

    def kill() -> None:
        for name in cycle(sorted(system.servers.keys() - {"redis"})):
            if over.wait(KILL_EVERY_SECONDS):
                return
            pid, began = system.supervisor.pid(name), time.time()
            assert pid is not None, f"{name} is not there"
            os.kill(pid, signal.SIGKILL)
            noted = Happened(Fault(0, KINDS["broker-restart"], name, 0.0, seed=0), began, began)
            happened.append(noted)
            while not over.wait(0.1) and not system.servers[name].ready():
                noted.ended = time.time()

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def play(home: Path, brokers: Brokers, trouble: str) -> Mapping[str, object]:
    """The games are played to their end, in that trouble, then judged."""
    plan = PLAN._replace(max_turns=TURNS.get(trouble, PLAN.max_turns))
    with serving(plan.seed) as (provider, model):
        settings = chaos_settings(
            Settings(home=home),
            home=home,
            turn_timeout_seconds=plan.turn_timeout_seconds,
            brain=plan.brain,
            model=model,
            broker_kind="kafka",
        ).model_copy(update=dict(brokers.settings))
        servers = (redis_service(redis_bind(settings), home), *brokers.services)
        with (
            patch("cowboy.chaos.run.generate_grid", lambda _chance, _players: ROOMS),
            running_system(settings, servers) as system,
            campaigning(system, plan, iter(TROUBLES[trouble]), provider, _tell) as campaign,
        ):
            nodes = one_node_after_the_other_killed(system, campaign.happened) if trouble == "nodes" else nullcontext()
            with nodes:
                campaign.play()
            left = campaign.leftovers()
    return outcome(campaign, left)


def outcome(campaign: Campaign, left: list[Violation]) -> Mapping[str, object]:
    """What the test wants to know. `met`: in how many games a bot's turn was open when something happened."""
    games = campaign.judged
    return {
        "violations": [*left, *(violation for game in games for violation in game.violations)],
        "finished": sum(game.finished for game in games),
        "met": sum(bool(game.recoveries) for game in games),
        "turns": sum(game.turns for game in games),
        "ran_out": sum(len(game.ran_out) for game in games),
        "second_attempts": sum(game.second_attempts for game in games),
        "troubles": len(campaign.happened),
        "away_seconds": max(item.ended - item.began for item in campaign.happened),
        "recovery_seconds": max((item.seconds for game in games for item in game.recoveries), default=None),
    }


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # for who looks


if __name__ == "__main__":
    logging.disable(logging.ERROR)  # that a broker vanishes is the point here, and no news
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    folder, wanted, trouble = sys.argv[1:]
    where = Path(folder)
    made = moving_kafka(where, where / "hosts") if wanted == "moving" else make_brokers(BrokerKind(wanted), where)
    print(json.dumps(play(where, made, trouble)))  # noqa: T201
