"""`cowboy doctor`: what is wrong, and how to mend it."""

import json

import click
from rich.console import Console
from rich.markup import escape

from cowboy.local.doctor import Finding, Health, examine

MARKS = {
    Health.GOOD: "[green]ok[/]  ",
    Health.POOR: "[yellow]poor[/]",
    Health.BAD: "[red]bad[/] ",
    Health.UNKNOWN: "?   ",
}

EPILOG = """\b
Examples:
  cowboy doctor
  cowboy doctor --json

Leaves with 0 if nothing is bad, else with 1.
"""


@click.command(epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check Python, packages, configuration, Redis, broker, topics, workers and services."""
    findings = []
    console = Console(soft_wrap=True)
    for finding in examine():
        findings.append(finding)
        if not as_json:
            _print(console, finding)
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], indent=2))
    ctx.exit(int(any(finding.health == Health.BAD for finding in findings)))


def _print(console: Console, finding: Finding) -> None:
    console.print(f"{MARKS[finding.health]}  {finding.subject:15} {escape(finding.saw)}", highlight=False)
    if finding.remedy:
        console.print(f"      {'':15} → {escape(finding.remedy)}", style="dim", highlight=False)
