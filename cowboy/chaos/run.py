"""A run of chaos: games are played, faults happen, and each game that has ended is judged by its topics."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain, takewhile
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple, TypeVar

from cowboy.chaos.checker import Checker
from cowboy.chaos.faults import WORKER, Fault, schedule
from cowboy.chaos.fuzzer import Fuzzer
from cowboy.chaos.growth import Growth
from cowboy.chaos.leftovers import Leftovers
from cowboy.chaos.nemesis import Happened, Nemesis, Seat, instance_on
from cowboy.chaos.provider import Provider, serving
from cowboy.chaos.recorder import Recorder
from cowboy.chaos.sampler import Sampler
from cowboy.chaos.system import System, chaos_settings, processes_of, running_system
from cowboy.chaos.verdict import Judged, Violation, Wrong
from cowboy.errors import BotManagerError, GameManagerError, WorldError
from cowboy.game.maps import generate_grid
from cowboy.game.wire.http import CreateGame
from cowboy.game.wire.objects import Map
from cowboy.game.words import PlayerName
from cowboy.local.stack import server_stage
from cowboy.match.client import GameClient
from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.instances import Instances
from cowboy.state.keys import Keys

POLL_SECONDS = 0.02
BEGIN_PATIENCE_SECONDS = 120.0
"""To begin a game, whose backend may be dead or hanging just now."""
AGAIN_SECONDS = 0.2
SETTLE_SECONDS = 1.5
"""After the last event of a game its late commands come."""
SILENT_TURNS = 4
SILENT_SECONDS = 30.0
"""A game that shows nothing for four turns and this has come to a standstill."""
CLEARING_SECONDS = 75.0
"""For topics that came back to be swept: the arena looks every 30 s, and may have looked just now."""
TELL_SECONDS = 10.0

Teller = Callable[[str], None]
T = TypeVar("T")


class Plan(NamedTuple):
    """The games to be played, and the faults meanwhile.

    Faults go on for `fault_seconds`; then the games are played to their end in peace. `duration_seconds`: new games
    begin until then, however many; None for just `games`.
    """

    games: int
    parallel: int
    kinds: tuple[str, ...]
    every_seconds: float
    fault_seconds: float
    turn_timeout_seconds: int
    players: int
    max_turns: int
    brain: str
    duration_seconds: float | None
    seed: int
    broker_kind: Literal["kafka", "tansu"] = "tansu"


class Outcome(NamedTuple):
    """A run. `violations` are those of the whole system, beside those of each game. `home` stays if there is any."""

    plan: Plan
    seconds: float
    happened: list[Happened]
    games: list[Judged]
    violations: list[Violation]
    model_answers: dict[str, int]
    growth: Growth
    home: Path

    @property
    def all_violations(self) -> list[Violation]:
        return [*self.violations, *(violation for game in self.games for violation in game.violations)]


def run(settings: Settings, plan: Plan, tell: Teller) -> Outcome:
    """Play it all. Raises `OperatorError` when the system cannot be started, `GameManagerError` when no game begins."""
    home = settings.home.absolute() / f"chaos-{os.getpid()}"
    try:
        outcome = _run(settings, plan, tell, home)
    except KeyboardInterrupt:
        shutil.rmtree(home)
        raise
    if not outcome.all_violations:
        shutil.rmtree(home)
    return outcome


def _run(settings: Settings, plan: Plan, tell: Teller, home: Path) -> Outcome:
    with serving(plan.seed) as (provider, model):
        own = chaos_settings(
            settings,
            home=home,
            turn_timeout_seconds=plan.turn_timeout_seconds,
            brain=plan.brain,
            model=model,
            broker_kind=plan.broker_kind,
        )
        with running_system(own, server_stage(own)) as system:
            faults = harmful_schedule(plan, system.processes)
            with campaigning(system, plan, faults, provider, tell) as campaign:
                campaign.play()
                violations = campaign.leftovers()
        violations += [Violation(Wrong.LEFTOVER, "", 0, f"process {name}"[:200]) for name in processes_of(home)]
        return Outcome(
            plan,
            campaign.seconds,
            campaign.happened,
            campaign.judged,
            violations,
            dict(provider.answers),
            campaign.growth,
            home,
        )


def harmful_schedule(plan: Plan, processes: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    """The schedule of a plan, which is over at its time."""
    faults = schedule(plan.seed, plan.kinds, processes, plan.every_seconds)
    return takewhile(lambda fault: fault.at_seconds <= plan.fault_seconds, faults)


@contextmanager
def campaigning(
    system: System, plan: Plan, faults: Iterator[Fault], provider: Provider, tell: Teller
) -> Iterator["Campaign"]:
    """A campaign that is ready to be played, with these faults, whatever the plan's own would be."""
    campaign = Campaign(system, plan, faults, provider, tell)
    try:
        yield campaign
    finally:
        campaign.close()


class Campaign:
    """Games, faults and judgements. One thread does everything to the processes; others only begin games and read
    topics. Made by `campaigning`."""

    def __init__(self, system: System, plan: Plan, faults: Iterator[Fault], provider: Provider, tell: Teller) -> None:
        settings = system.settings
        self.judged: list[Judged] = []
        self.seconds = 0.0
        self._plan = plan
        self._settings = settings
        self._supervisor = system.supervisor
        self._servers = system.servers.values()
        self._tell = tell
        self._client = GameClient(settings)
        # The thread that asks must go on while Redis is down, so the client fails at once.
        self._redis = connect(settings, patience_seconds=0.1, retries=0)
        keys = Keys(settings.key_prefix)
        self._instances = Instances(self._redis, keys, settings.dead_after_seconds)
        self._sampler = Sampler(
            self._redis,
            keys,
            services=chain.from_iterable(system.processes.values()),
            instances=map(instance_on, system.processes[WORKER]),
            pid_of=system.supervisor.pid,
        )
        self._recorder = Recorder(settings)
        self._checker = Checker(settings, self._recorder)
        self._fuzzer = Fuzzer(settings)
        self._nemesis = Nemesis(
            faults,
            system,
            self._recorder,
            self._fuzzer,
            provider,
            self._hosted,
        )
        self._beginners = ThreadPoolExecutor(4, "beginner")
        self._beginning: list[Future[None]] = []
        self._begun = 0
        self._stopping = False
        self._recorder.start()

    @property
    def happened(self) -> list[Happened]:
        return self._nemesis.happened

    @property
    def growth(self) -> Growth:
        return self._sampler.growth()

    def play(self) -> None:
        """Until every game has been judged."""
        started = time.monotonic()
        told = started
        harmful = False
        while (
            self._begin(time.monotonic() - started)
            or self._beginning
            or self._recorder.games
            or not self._checker.is_idle
        ):
            self._supervisor.tend()
            self._beginning = [future for future in self._beginning if not _is_done(future)]
            if not harmful and not self._beginning:
                harmful = True  # the first games have begun
                self._nemesis.begin()
            if harmful:
                self._nemesis.tick()
            self._sampler.tick()
            self._collect()
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                self._tell(self._progress(told - started))
            time.sleep(POLL_SECONDS)
        self._nemesis.relent()
        self._sampler.sample()
        self.seconds = round(time.monotonic() - started, 1)

    def leftovers(self) -> list[Violation]:
        """What is left after all processes have had time to clear up."""
        games = {judged.game_id for judged in self.judged if judged.finished}
        deadline = time.monotonic() + CLEARING_SECONDS
        # The last fault may have killed a server.
        self._supervisor.watch(until=lambda: self._servers_are_ready() or time.monotonic() > deadline)
        leftovers = Leftovers(self._settings)
        try:
            left = ["never looked"]
            while left and time.monotonic() < deadline:
                self._supervisor.tend()
                with suppress(WorldError):
                    leftovers.hurry()
                    left = leftovers.of(games)
                time.sleep(10 * POLL_SECONDS)
            return [Violation(Wrong.LEFTOVER, "", 0, what) for what in left]
        finally:
            leftovers.close()

    def _servers_are_ready(self) -> bool:
        return all(server.ready() for server in self._servers)

    def close(self) -> None:
        self._stopping = True
        self._nemesis.relent()
        self._recorder.stop()
        self._beginners.shutdown(cancel_futures=True)
        self._checker.close()
        self._fuzzer.close()
        self._client.close()
        self._redis.close()

    # -- beginning --------------------------------------------------------------------------------------------------

    def _begin(self, elapsed_seconds: float) -> bool:
        """Begin games until enough are in play; whether more are to come."""
        plan = self._plan
        in_play = len(self._recorder.games) + len(self._beginning)
        while self._wants_more(elapsed_seconds) and in_play < plan.parallel:
            self._beginning.append(self._beginners.submit(self._begin_game, self._begun))
            self._begun += 1
            in_play += 1
        return self._wants_more(elapsed_seconds)

    def _wants_more(self, elapsed_seconds: float) -> bool:
        duration = self._plan.duration_seconds
        return self._begun < self._plan.games if duration is None else elapsed_seconds < duration

    def _begin_game(self, number: int) -> None:
        options = _wishes(self._plan, self._plan.seed + number)
        game_id = self._patiently(lambda: self._client.create(options).game_id)
        with suppress(BotManagerError):  # judged all the same
            self._patiently(lambda: self._client.check_bots(game_id))
        self._recorder.follow(game_id)
        self._patiently(lambda: self._client.start(game_id))

    def _patiently(self, step: Callable[[], T]) -> T:
        deadline = time.monotonic() + BEGIN_PATIENCE_SECONDS
        while True:
            try:
                return step()
            except (GameManagerError, BotManagerError):
                if self._stopping or time.monotonic() > deadline:
                    raise
                time.sleep(AGAIN_SECONDS)

    # -- judging ----------------------------------------------------------------------------------------------------

    def _collect(self) -> None:
        """Have games judged that have ended, or that will not end any more."""
        self.judged += self._checker.verdicts()
        if not self._checker.is_idle:
            return
        now = time.monotonic()
        patience = SILENT_TURNS * self._plan.turn_timeout_seconds + SILENT_SECONDS
        ended = self._recorder.finished_before(now - SETTLE_SECONDS)
        silent = self._recorder.silent_since(now - patience)
        if ended or silent:
            self._checker.try_games([self._recorder.release(game_id) for game_id in {*ended, *silent}], self.happened)

    def _hosted(self, instance: str) -> list[Seat]:
        return self._instances.hosted(instance)

    def _progress(self, seconds: float) -> str:
        turns = sum(judged.turns for judged in self.judged)
        ran_out = sum(len(judged.ran_out) for judged in self.judged)
        return (
            f"{seconds:5.0f} s: {len(self.happened)} faults, {len(self.judged)} games judged ({turns} turns, "
            f"{ran_out} ran out), {len(self._recorder.games)} in play"
        )


def _is_done(future: "Future[None]") -> bool:
    """Raises what has kept a game from beginning."""
    return future.done() and future.result() is None


def _wishes(plan: Plan, seed: int) -> CreateGame:
    seats = tuple(PlayerName)[: plan.players]
    return CreateGame(
        turn_timeout_seconds=plan.turn_timeout_seconds,
        map=Map.from_grid(generate_grid(Random(seed), plan.players)),  # noqa: S311  # no secret
        num_players=plan.players,
        bot_players=seats,
        seed=seed,
        max_turns=plan.max_turns,
    )
