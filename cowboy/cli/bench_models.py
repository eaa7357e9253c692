"""What `cowboy bench --models` prints."""

import json
import os
import platform

import click
from rich.table import Table

from cowboy.bench.deciding import BARE, BYTES_AIM, CPU_AIM
from cowboy.bench.holding import MEMORY_AIM_MB, RATE_AIM
from cowboy.bench.models import FULL, QUICK, Models, measure_models
from cowboy.bench.rounds import Teller
from cowboy.cli.console import output
from cowboy.settings import settings


def bench_models(*, quick: bool, as_json: bool, tell: Teller) -> None:
    """Measure and print."""
    measured = measure_models(settings(), QUICK if quick else FULL, tell)
    if as_json:
        machine = {"cores": os.cpu_count(), "python": platform.python_version()}
        click.echo(json.dumps({**machine, **measured.model_dump(mode="json")}, indent=2))
        return
    console = output()
    console.print(_costs(measured))
    console.print(_holdings(measured))
    console.print(
        f"Aims: CPU ≤ {CPU_AIM:g} ×, bytes ≤ {BYTES_AIM:g} × the {BARE}'s; rate ≥ {RATE_AIM:.0%} of the ideal where "
        f"that is within what the CPU can do; ≤ {MEMORY_AIM_MB:g} MB a bot."
    )


def _costs(measured: Models) -> Table:
    bare = measured.costs[BARE]
    table = Table("one decision", "CPU ms", "×", "bytes", "×")
    for name, cost in measured.costs.items():
        table.add_row(
            name,
            f"{cost.cpu_ms:.2f}",
            f"{cost.cpu_ms / bare.cpu_ms:.2f}",
            f"{cost.bytes:.0f}",
            f"{cost.bytes / bare.bytes:.2f}",
        )
    return table


def _holdings(measured: Models) -> Table:
    table = Table(
        *("bots", "s an answer", "held at once", "most", "decisions/s", "ideal", "of it", "CPU-bound"),
        *("CPU ms each", "worker MB", "MB a bot"),
        title="One worker process",
        title_justify="left",
    )
    for item in measured.holdings:
        per_bot = measured.mb_per_bot(item)
        table.add_row(
            str(item.bots),
            f"{item.delay:g}",
            f"{item.held:.0f}",
            str(item.most_held),
            f"{item.rate:.1f}",
            f"{item.ideal_rate:.1f}",
            f"{item.rate / item.ideal_rate:.0%}",
            f"{item.cpu_bound_rate:.0f}",
            f"{item.worker_cpu_ms:.1f}",
            f"{item.worker_mb:.0f}",
            "" if per_bot is None else f"{per_bot:.2f}",
        )
    return table
