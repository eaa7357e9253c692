"""`cowboy chaos`: faults while games are played, and a judgement by what stands on the games' topics."""

import json
import logging
from collections.abc import Iterator
from functools import partial
from random import SystemRandom
from typing import Literal

import click
from rich.table import Table

from cowboy.brains.llm import LLM
from cowboy.brains.registry import brain_names
from cowboy.chaos.faults import KINDS, MIXED
from cowboy.chaos.growth import Growth, Trend
from cowboy.chaos.report import by_class, document, totals
from cowboy.chaos.run import Outcome, Plan, run
from cowboy.cli.console import output
from cowboy.local.signals import stop_signals_interrupt
from cowboy.process.logs import configure_logs
from cowboy.settings import settings

MOST_VIOLATIONS = 20
"""In the text for people; --json has all."""

MIB = 2**20

EPILOG = f"""\b
Examples:
  cowboy chaos
  cowboy chaos --faults kill-worker,after-claim --games 8 --parallel 8 --every 0.5
  cowboy chaos --faults llm --players 2 --max-turns 40
  cowboy chaos --duration 1800 --seed 7 --json > soak.json
  KAFKA_HOME=/opt/kafka cowboy chaos --broker kafka --faults broker-restart,broker-stop --every 20

\b
Faults: {", ".join(list(KINDS)[:9])},
  {", ".join(list(KINDS)[9:])};
  mixed is all of them but llm, which needs the llm brain, and broker-restart.

Starts a system of its own on free ports and stops it afterwards. Leaves with 0 when every turn was played once, by the
rules and in time (turns that ran out while the game itself was away are excused) and nothing was left behind; with 1
when something was violated: then the logs stay.
"""


class Faults(click.ParamType[tuple[str, ...]]):
    """`kill-worker,llm`: classes of faults."""

    name = "fault,…"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        names: list[str] = []
        for name in filter(None, str(value).split(",")):
            if name != "mixed" and name not in KINDS:
                self.fail(f"{name!r} is none of mixed, {', '.join(KINDS)}", param, ctx)
            names += MIXED if name == "mixed" else [name]
        if not names:
            self.fail("name one at least", param, ctx)
        return tuple(dict.fromkeys(names))


@click.command(epilog=EPILOG)
@click.option("--games", type=click.IntRange(1), default=20, show_default=True, help="How many games to play.")
@click.option("--parallel", type=click.IntRange(1), default=20, show_default=True, help="How many at a time.")
@click.option("--faults", type=Faults(), default="mixed", show_default=True, help="Which classes of faults.")
@click.option(
    "--every", type=click.FloatRange(0.05), default=1.0, show_default=True, help="Seconds from one to the next."
)
@click.option(
    "--fault-seconds",
    type=click.FloatRange(1),
    default=120,
    show_default=True,
    help="How long they go on, in a soak at least as long as that.",
)
@click.option("--turn-timeout", type=click.IntRange(2, 300), default=10, show_default=True, help="Seconds a turn.")
@click.option("--players", type=click.IntRange(2, 4), default=4, show_default=True, help="Seats, all of them bots.")
@click.option("--max-turns", type=click.IntRange(1), default=200, show_default=True, help="Then a game is a draw.")
@click.option("--brain", type=click.Choice(brain_names()), help="What bots think with. [default: random; llm for llm]")
@click.option(
    "--broker",
    type=click.Choice(["tansu", "kafka"]),
    default="tansu",
    show_default=True,
    help="Which broker to start: tansu, the embedded one, or the Apache Kafka of KAFKA_HOME.",
)
@click.option("--duration", type=click.FloatRange(1), help="A soak: new games begin for so many seconds.")
@click.option("--seed", type=click.IntRange(0), help="Fixes the schedule, maps and bots' choices.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def chaos(  # noqa: PLR0913, PLR0917  # one parameter per option
    games: int,
    parallel: int,
    faults: tuple[str, ...],
    every: float,
    fault_seconds: float,
    turn_timeout: int,
    players: int,
    max_turns: int,
    brain: str | None,
    broker: Literal["tansu", "kafka"],
    duration: float | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Kill and stop processes while bots play, then prove from the topics that no turn was lost or played twice."""
    brain = brain or (LLM if LLM in faults else "random")
    if LLM in faults and brain != LLM:
        raise click.UsageError("the fault llm needs --brain llm")
    seed = SystemRandom().getrandbits(31) if seed is None else seed
    fault_seconds = max(fault_seconds, duration or 0)
    plan = Plan(
        games, parallel, faults, every, fault_seconds, turn_timeout, players, max_turns, brain, duration, seed, broker
    )
    configure_logs(settings())
    logging.disable(logging.ERROR)  # that processes crash and brokers vanish is the point here, and no news
    with stop_signals_interrupt():
        outcome = run(settings(), plan, _silent if as_json else partial(click.echo, err=True))
    if as_json:
        click.echo(json.dumps(document(outcome), indent=2))
    else:
        _print(outcome)
    if outcome.all_violations:
        raise SystemExit(1)


def _silent(_line: str) -> None:
    """Prints no progress, for `--json`."""


def _print(outcome: Outcome) -> None:
    console = output()
    console.print(_table(outcome))
    console.print(_growth(outcome.growth))
    console.print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in totals(outcome).items()))
    violations = outcome.all_violations
    for violation in violations[:MOST_VIOLATIONS]:
        where = f"game {violation.game_id}, turn {violation.turn_no}: " if violation.game_id else ""
        console.print(f"VIOLATION {violation.wrong}: {where}{violation.detail}", markup=False)
    if len(violations) > MOST_VIOLATIONS:
        console.print(f"… and {len(violations) - MOST_VIOLATIONS} more")
    if violations:
        console.print(f"{len(violations)} violations; logs: {outcome.home / 'logs'}")
    else:
        console.print("no violation")


def _table(outcome: Outcome) -> Table:
    table = Table(title=f"Chaos, seed {outcome.plan.seed}", title_justify="left")
    table.add_column("fault")
    for column in ("times", "turns ran out", "excused", "recovery ms p50", "p99", "longest"):
        table.add_column(column, justify="right")
    for item in by_class(outcome):
        recovery = (item.recovery_ms.p50, item.recovery_ms.p99, item.longest_ms)
        cells = ("" if value is None else f"{value:.0f}" for value in recovery)
        table.add_row(item.kind, str(item.happened), str(item.ran_out), str(item.excused), *cells)
    table.caption = "recovery: from a fault to the next turn that a bot played, in each game that it concerned"
    return table


def _growth(growth: Growth) -> Table:
    table = Table(title="Growth", title_justify="left")
    table.add_column("what")
    for column in ("first", "last", "samples"):
        table.add_column(column, justify="right")
    for service, trend in growth.memory.items():
        table.add_row(f"{service}: resident MiB", *_mebibytes(trend))
    redis = dict(growth.redis)
    table.add_row("in Redis: MiB", *_mebibytes(redis.pop("bytes")))
    for name, trend in redis.items():
        table.add_row(f"in Redis: {name.replace('_', ' ')}", *_cells(trend, "{:.0f}"))
    table.caption = "medians of the first and the last quarter of the samples; processes only once they are warm"
    return table


def _mebibytes(trend: Trend) -> Iterator[str]:
    return _cells(trend, "{:.1f}", MIB)


def _cells(trend: Trend, form: str, unit: int = 1) -> Iterator[str]:
    yield from ("" if value is None else form.format(value / unit) for value in (trend.first, trend.last))
    yield str(trend.samples)
