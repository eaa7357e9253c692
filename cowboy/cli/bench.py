"""`cowboy bench`: speed, as ratios to baselines of the same run."""

import json
import os
import platform
from collections.abc import Sequence
from functools import partial

import click
from rich.table import Table

from cowboy.bench.figures import AIMS, FIGURES, Round, Spread
from cowboy.bench.load import MOST_TURNS
from cowboy.bench.rounds import Plan, play_rounds
from cowboy.bench.systems import SYSTEMS
from cowboy.cli.console import output
from cowboy.local.signals import stop_signals_interrupt
from cowboy.settings import Bind, settings
from cowboy.settings.addresses import parse_bind

QUICK_ROUNDS = 1
QUICK_TURNS = 200

EPILOG = """\b
Examples:
  cowboy bench
  cowboy bench --quick
  cowboy bench --rounds 5 --with-arena --json > result.json
  cowboy bench --models
  cowboy bench --kafka 127.0.0.1:9092

Starts systems of its own on free ports and stops them afterwards. Leaves with 0 when everything could be measured,
whether the aims are met or not.
"""


class KafkaAddress(click.ParamType[Bind]):
    """Where a broker answers."""

    name = "host:port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Bind:
        try:
            return parse_bind(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(epilog=EPILOG)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="How often to measure everything.")
@click.option(
    "--turns",
    type=click.IntRange(20, MOST_TURNS),
    default=MOST_TURNS,
    show_default=True,
    help="How many count in each measurement.",
)
@click.option("--games", type=click.IntRange(2), default=50, show_default=True, help="At once, for turns a second.")
@click.option("--quick", is_flag=True, help=f"Short for --rounds {QUICK_ROUNDS} --turns {QUICK_TURNS}: a first look.")
@click.option("--with-arena", is_flag=True, help="Then once more, with whole games through the arena.")
@click.option(
    "--models", is_flag=True, help="Instead: bots that ask models. Of the rest only --quick and --json count."
)
@click.option(
    "--kafka",
    type=KafkaAddress(),
    help="On the Apache Kafka there instead of the embedded broker; its topics of the moment are deleted again.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def bench(  # noqa: PLR0913, PLR0917  # one parameter per option
    rounds: int, turns: int, games: int, quick: bool, with_arena: bool, models: bool, kafka: Bind | None, as_json: bool
) -> None:
    """Measure speed, against two baselines of the same run.

    \b
    echo   one process that reads events and writes commands
    bare   a consumer and two Celery workers that do nothing but write a command
    ours   the bridge and two instances that `cowboy up` starts, with the random brain

    With --models: what a decision of the llm brain costs, next to a plain call of the openai client, and how many
    decisions one worker process holds at once while a model of our own takes its time. Takes some minutes.
    """
    tell = _silent if as_json else partial(click.echo, err=True)
    if models:
        from cowboy.cli.bench_models import bench_models  # noqa: PLC0415  # a second and 100 MB, for those who want it

        with stop_signals_interrupt():
            bench_models(quick=quick, as_json=as_json, tell=tell)
        return
    if quick:
        rounds, turns = QUICK_ROUNDS, QUICK_TURNS
    plan = Plan(rounds, games, turns, with_arena, kafka)
    with stop_signals_interrupt():
        measured = list(play_rounds(settings(), plan, tell))
    if as_json:
        click.echo(json.dumps(_document(measured), indent=2))
    else:
        _print(measured)


def _silent(_line: str) -> None:
    """Prints no progress, for `--json`."""


def _document(rounds: Sequence[Round]) -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "aims": [
            {"ratio": aim.name, "aim": aim.text, "met": aim.met(rounds), **aim.over(rounds)._asdict()} for aim in AIMS
        ],
        "rounds": [item.model_dump(mode="json") for item in rounds],
    }


def _print(rounds: Sequence[Round]) -> None:
    console = output()
    console.print(_figures_table(rounds))
    console.print(_aims_table(rounds))
    rates = [item.arena_turns_per_second for item in rounds if item.arena_turns_per_second is not None]
    if rates:
        console.print(f"with the arena: {Spread.of(rates).show(0)} turns a second")


def _figures_table(rounds: Sequence[Round]) -> Table:
    table = Table(title=f"Rounds: {len(rounds)}; median (lowest–highest)", title_justify="left")
    table.add_column("system")
    for figure in FIGURES:
        table.add_column(figure.name)
    for system in SYSTEMS:
        measured = [item.systems[system.name] for item in rounds]
        cells = (Spread.of([figure.read(loads) for loads in measured]).show(figure.digits) for figure in FIGURES)
        table.add_row(system.name, *cells)
    return table


def _aims_table(rounds: Sequence[Round]) -> Table:
    table = Table("ratio", "aim", "measured", "")
    for aim in AIMS:
        table.add_row(aim.name, aim.text, aim.over(rounds).show(2), "met" if aim.met(rounds) else "missed")
    return table
