"""`cowboy brain`: whether a brain does what every brain owes."""

import json
import sys
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Any

import click
import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cowboy.brains.conformance import Result, Trial, examine
from cowboy.brains.llm import LLM
from cowboy.brains.registry import build_brain
from cowboy.cli.console import output
from cowboy.errors import BadRequest
from cowboy.models.profiles import UNNAMED, load_profiles
from cowboy.settings import Settings, settings

if TYPE_CHECKING:
    from cowboy.brains.llm import probe as probing

NODES = 100
"""What `search` looks at where the settings give it time: the same move twice must not depend on how busy we are."""

CHECK_EPILOG = """\b
Examples:
  cowboy brain check search
  cowboy brain check drifter --games 40 --seed 7 --json

Leaves with 0 if the brain passes every check, else with 1.
"""


PROBE_EPILOG = """\b
Examples:
  cowboy brain probe
  cowboy brain probe sheriff --json

Asks each model a short question in each output mode, three to six requests in all, and prints a profile that says how
to ask it. Leaves with 0 if every profile has a mode in which its model answers, else with 1.
"""


@click.group(epilog="\b\nExamples:\n  cowboy brain check search\n  cowboy brain probe")
def brain() -> None:
    """Check a brain, ours or one that an installed package brings; and the models that the brain llm asks."""


@brain.command(epilog=CHECK_EPILOG)
@click.argument("name")
@click.option("--games", type=click.IntRange(1), default=8, show_default=True, help="How many, on maps of all sizes.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the first game.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def check(ctx: click.Context, name: str, games: int, seed: int, as_json: bool) -> None:
    """Let the brain NAME decide in seeded random games, and be taught, over the pure rules: no server is needed."""
    if name == LLM:
        raise BadRequest(
            f"{LLM} asks a model, a thousand times in such a check, and no model promises the same move twice; "
            f"let it play instead: cowboy match --brains A={LLM},B=greedy --players 2"
        )
    build = partial(build_brain, name, _repeatable(settings()))
    build()
    results = []
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    with redirect_stdout(sys.stderr):  # a brain may print and log what it likes; the answer is ours
        for result in examine(Trial(build, games, seed)):
            results.append(result)
            if not as_json:
                _print(console, result)
    passed = all(result.flaw is None for result in results)
    if as_json:
        checks = [result._asdict() for result in results]
        said = {"brain": name, "games": games, "seed": seed, "passed": passed, "checks": checks}
        click.echo(json.dumps(said, indent=2))
    ctx.exit(int(not passed))


@brain.command(epilog=PROBE_EPILOG)
@click.argument("profile", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def probe(ctx: click.Context, profile: str | None, as_json: bool) -> None:
    """Find out in which output modes the model of PROFILE answers, or those of all LLM profiles."""
    # A second and 100 MB, for those who ask models.
    from cowboy.brains.llm import probe as probing  # noqa: PLC0415
    from cowboy.brains.llm.transport import Transport  # noqa: PLC0415

    profiles = load_profiles(settings())
    wanted = [profiles.get(name) for name in ([profile] if profile else profiles.names())]
    if not wanted:
        raise BadRequest("there is no LLM profile; name their file in BOT_MANAGER_LLM_CONFIG_PATH")
    with Transport(1) as transport:
        found = {item: probing.probe(item, transport) for item in wanted}
    best = {item: probing.best_of(findings) for item, findings in found.items()}
    shown = {item: item.as_file(one.way.mode, one.way.system_role) for item, one in best.items() if one is not None}
    if as_json:
        said = {
            item.name: {
                "best": one.way.mode if (one := best[item]) else None,
                "modes": [_row(finding) for finding in findings],
                "file": shown.get(item),
            }
            for item, findings in found.items()
        }
        click.echo(json.dumps(said, indent=2))
    else:
        table = Table("profile", "output_mode", "system role", "works", "ms", "why not")
        for item, findings in found.items():
            for finding in findings:
                row = _row(finding)
                works, system = ("yes" if yes else "no" for yes in (row["flaw"] is None, row["system_role"]))
                table.add_row(
                    item.name, row["mode"], system, works, f"{row['milliseconds']:.0f}", escape(row["flaw"] or "")
                )
        output().print(table)
        for file in shown.values():
            text = yaml.safe_dump(file, sort_keys=False).strip()
            click.echo(f"\n{text}")
            if UNNAMED in text:
                click.echo(f"# {UNNAMED}: the variable that is to hold the secret, which is not shown here")
    ctx.exit(int(not all(best.values())))


def _row(finding: "probing.Finding") -> dict[str, Any]:
    """A finding, as it is shown."""
    mode, system_role = finding.way
    return {
        "mode": mode,
        "system_role": system_role,
        "milliseconds": finding.milliseconds,
        "flaw": finding.flaw,
        "certain": finding.certain,
    }


def _repeatable(configured: Settings) -> Settings:
    nodes = configured.search_budget_nodes or NODES
    return configured.model_copy(update={"search_budget_nodes": nodes})


def _print(console: Console, result: Result) -> None:
    mark = "[green]ok[/]    " if result.flaw is None else "[red]failed[/]"
    console.print(f"{mark}  {result.check.replace('_', ' '):24}  {escape(result.says)}")
    if result.flaw is not None:
        # On one line, and without codes that a terminal would obey: a flaw repeats what the brain said.
        plain = "".join(char if char.isprintable() else " " for char in result.flaw)
        console.print(f"        → {escape(plain)}", style="dim")
