"""`cowboy strength`: how well a brain plays, over the pure rules."""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import click

from cowboy.brains.registry import brain_names
from cowboy.match.tournament import Pairing, Played, Score, pairings, play, score
from cowboy.settings import settings

EPILOG = """\b
Examples:
  cowboy strength search,greedy,greedy,greedy --games 40
  cowboy strength search,greedy --games 400 --budget-nodes 100 --jobs 2 --json
"""


@click.command(epilog=EPILOG)
@click.argument("brains")
@click.option("--games", type=click.IntRange(1), default=40, show_default=True, help="How many games.")
@click.option("--budget-ms", type=click.IntRange(1), help="Thinking time of `search` per move.")
@click.option("--budget-nodes", type=click.IntRange(1), help="Its effort in positions instead, the same everywhere.")
@click.option("--max-turns", type=click.IntRange(1), default=1000, show_default=True, help="Then it is a draw.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the first map.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def strength(  # noqa: PLR0913, PLR0917  # one parameter per option
    brains: str,
    games: int,
    budget_ms: int | None,
    budget_nodes: int | None,
    max_turns: int,
    jobs: int,
    seed: int,
    as_json: bool,
) -> None:
    """Let the first of BRAINS (names, with commas between) play against the others, from every seat in turn.

    Each map is random, by its seed, and played once from each seat. A draw is no win.
    """
    names = brains.split(",")
    if not 2 <= len(names) <= 4 or not set(names) <= set(brain_names()):
        raise click.UsageError(f"BRAINS must be two to four of {', '.join(brain_names())}, with commas between")
    budget: dict[str, object] = {"search_budget_nodes": budget_nodes}
    if budget_ms is not None:
        budget["search_budget_ms"] = budget_ms
    task = partial(play, settings=settings().model_copy(update=budget))
    result = score(_run(task, jobs, pairings(names, games, seed, max_turns)))
    click.echo(json.dumps(result._asdict(), indent=2) if as_json else _in_words(names, result))


def _run(task: "partial[Played]", jobs: int, games: list[Pairing]) -> Iterator[Played]:
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(task, games)


def _in_words(names: list[str], result: Score) -> str:
    return (
        f"{names[0]} against {', '.join(names[1:])}: {result.wins} wins, {result.draws} draws, {result.losses} losses "
        f"in {result.games} games\n"
        f"wins {result.rate:.1%} (95 %: {result.low:.1%} to {result.high:.1%}), {result.mean_turns:.0f} turns a game, "
        f"{result.failures} failures\n"
        f"CPU time per move: p50 {result.move_ms_p50:.1f} ms, p99 {result.move_ms_p99:.1f} ms, "
        f"at most {result.move_ms_max:.1f} ms"
    )
