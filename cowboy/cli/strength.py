"""`cowboy strength`: how well brains play, over the pure rules."""

import json
import os
from pathlib import Path

import click

from cowboy.errors import BadRequest
from cowboy.match.contender import Contender
from cowboy.match.ledger import Ledger
from cowboy.match.season import LineUp, Plan, Season, all_pairs, standings
from cowboy.match.strength_picture import draw
from cowboy.match.tournament import Score
from cowboy.settings import settings

EPILOG = """\b
Examples:
  cowboy strength search,greedy,greedy,greedy --games 40
  cowboy strength search@20ms,search@200ms --games 400 --within 0.05
  cowboy strength search@100,search@1000,normal,greedy --pairs --file games.jsonl
  cowboy strength search@100,search@300,search@1000 --pairs --picture strength.svg
"""

MOST_SEATS = 4
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(epilog=EPILOG)
@click.argument("brains")
@click.option("--pairs", is_flag=True, help="Every brain against every other, two at a table.")
@click.option("--games", type=click.IntRange(1), default=40, show_default=True, help="How many games, of each pair.")
@click.option("--within", type=click.FloatRange(0.001, 0.5), help="Stop when wins are known to +/- so much.")
@click.option(
    "--file", "ledger", type=click.Path(dir_okay=False, path_type=Path), help="Keep the games; play the rest."
)
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), help="Of strength over budget (svg, png, pdf)."
)
@click.option("--budget-ms", type=click.IntRange(1), help="Thinking time of `search` per move.")
@click.option("--budget-nodes", type=click.IntRange(1), help="Its effort in positions instead, the same everywhere.")
@click.option("--max-turns", type=click.IntRange(1), default=1000, show_default=True, help="Then it is a draw.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; as many as there are cores without it.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the first map.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def strength(  # noqa: PLR0913, PLR0917  # one parameter per option
    brains: str,
    pairs: bool,
    games: int,
    within: float | None,
    ledger: Path | None,
    picture: Path | None,
    budget_ms: int | None,
    budget_nodes: int | None,
    max_turns: int,
    jobs: int | None,
    seed: int,
    as_json: bool,
) -> None:
    """Let the first of BRAINS (names, with commas between) play against the others, from every seat in turn.

    A name may have a budget of its own: search@300 looks at 300 positions a move, search@20ms thinks for 20 ms. Each
    map is random, by its seed, and played once from each seat. A draw is no win. Intervals are 95 %.
    """
    budget: dict[str, object] = {"search_budget_nodes": budget_nodes} if budget_nodes or budget_ms else {}
    if budget_ms is not None:
        budget["search_budget_ms"] = budget_ms
    chosen = settings().model_copy(update=budget)
    try:
        names = [str(Contender.of(name).within(chosen)) for name in brains.split(",")]
    except BadRequest as error:
        raise click.UsageError(str(error)) from error
    if len(names) < 2 or (len(names) > MOST_SEATS and not pairs):
        raise click.UsageError(
            f"BRAINS must be two to {MOST_SEATS}, with commas between; with --pairs as many as you like"
        )
    if pairs and len(set(names)) < len(names):
        raise click.UsageError("with --pairs each of BRAINS must be another one")
    line_ups = all_pairs(names) if pairs else [tuple(names)]
    plan = Plan(line_ups, games, seed, max_turns, within)
    tell = _silent if as_json else _tell
    scores = Season(plan, Ledger(ledger), chosen, jobs or os.cpu_count() or 1).play(tell)
    ranks = standings(scores) if all(len(line_up) == 2 for line_up in line_ups) else []
    if as_json:
        documents = [{"brains": line_up, **result._asdict()} for line_up, result in scores]
        click.echo(json.dumps(documents if pairs else documents[0], indent=2))
    elif pairs:
        click.echo("\nall pairs together")
        for rank in ranks:
            click.echo(
                f"{rank.contender!s:20} {rank.rate:6.1%} ({rank.low:.1%} to {rank.high:.1%}) of {rank.games} games"
            )
    if picture is not None:
        picture.write_bytes(draw(ranks, picture.suffix.removeprefix(".")))


def _silent(line_up: LineUp, result: Score) -> None:
    """What is told as JSON is told at the end."""


def _tell(line_up: LineUp, result: Score) -> None:
    click.echo(
        f"{line_up[0]} against {', '.join(line_up[1:])}: {result.wins} wins, {result.draws} draws, "
        f"{result.losses} losses in {result.games} games\n"
        f"  wins {result.rate:.1%} ({result.low:.1%} to {result.high:.1%}), {result.mean_turns:.0f} turns a game, "
        f"{result.failures} failures; CPU time per move: p50 {result.move_ms_p50:.1f} ms, "
        f"p99 {result.move_ms_p99:.1f} ms, at most {result.move_ms_max:.1f} ms"
    )
