"""`cowboy match`: bots against bots, through the whole system, on this machine."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from cowboy.brains.registry import brain_names
from cowboy.cli.console import output
from cowboy.cli.thinking import THINKING, thinking
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import CommandType, PlayerName
from cowboy.local.environment import local_settings
from cowboy.local.model import LOCAL
from cowboy.local.signals import stop_signals_interrupt
from cowboy.local.stack import running_stack
from cowboy.match.board import describe, render
from cowboy.match.figures import GameFigures, Latency, PlayerFigures
from cowboy.match.runner import MatchPlan, Watcher, play
from cowboy.settings import Settings, settings

SEEDED_NODES = 1_500
"""Effort of the `search` brain when a seed is given: a time budget could not give the same move twice."""

EPILOG = """\b
Examples:
  cowboy match --players 4
  cowboy match --players 2 --brains A=search,B=greedy --seed 7
  cowboy match --brains A=greedy --brain local --turn-timeout 60 --max-turns 40
  cowboy match --games 20 --parallel 4 --json > result.json

Starts a system of its own on free ports and stops it afterwards. Leaves with 0 when all games were played.
"""


class Brains(click.ParamType[dict[PlayerName, str]]):
    """`B=search,C=random`: brains by seat."""

    name = "seat=brain,…"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dict[PlayerName, str]:
        brains = {}
        for part in filter(None, str(value).split(",")):
            seat, _, brain = part.partition("=")
            if seat not in set(PlayerName) or brain not in brain_names():
                self.fail(f"{part!r} is not seat=brain; seats A to D, brains {', '.join(brain_names())}", param, ctx)
            brains[PlayerName(seat)] = brain
        return brains


@click.command(epilog=EPILOG)
@click.option("--players", type=click.IntRange(2, 4), default=4, show_default=True, help="Seats, all of them bots.")
@click.option("--brains", type=Brains(), default="", help="Brains by seat, such as B=search,C=random.")
@click.option("--brain", type=THINKING, help="What the other seats think with, as with: cowboy up --help")
@click.option("--games", type=click.IntRange(1), default=1, show_default=True, help="How many games to play.")
@click.option("--parallel", type=click.IntRange(1), default=1, show_default=True, help="How many at a time.")
@click.option("--seed", type=click.IntRange(0), help="Fixes maps and bots' choices; game n uses seed + n.")
@click.option("--turn-timeout", type=click.IntRange(1, 3600), default=120, show_default=True, help="Seconds a turn.")
@click.option("--max-turns", type=click.IntRange(1), default=1000, show_default=True, help="Then it is a draw.")
@click.option("--instances", type=click.IntRange(1), default=2, show_default=True, help="Bot instances to start.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def match(  # noqa: PLR0913, PLR0917  # one parameter per option
    players: int,
    brains: dict[PlayerName, str],
    brain: str | None,
    games: int,
    parallel: int,
    seed: int | None,
    turn_timeout: int,
    max_turns: int,
    instances: int,
    as_json: bool,
) -> None:
    """Let bots play against each other, through topics, bridge, Celery, Redis and referee."""
    plan = MatchPlan(players, brains, games, parallel, turn_timeout, max_turns, seed)
    played: list[GameFigures] = []
    with stop_signals_interrupt(), _private_system(seed, instances, brain) as system, _watching(plan, as_json) as watch:
        played.extend(play(system, plan, watch))
    click.echo(json.dumps(_document(played), indent=2)) if as_json else _print_result(played)


@contextmanager
def _private_system(seed: int | None, instances: int, brain: str | None) -> Iterator[Settings]:
    """A whole system for this match alone, in a folder of its own, which stays if something fails: for its logs."""
    configured = settings()
    home = configured.home.absolute() / f"match-{os.getpid()}"
    # Many short games at a time may end faster than they are read: their topics stay while the match lasts.
    changes: dict[str, object] = {"home": home, "topic_grace_seconds": 600.0}
    if seed is not None and configured.search_budget_nodes is None:
        changes["search_budget_nodes"] = SEEDED_NODES
    system = thinking(local_settings(configured.model_copy(update=changes), free_ports=True), brain)
    try:
        with running_stack(system, instances=instances, model=brain == LOCAL):
            yield system
    except KeyboardInterrupt:
        shutil.rmtree(home)
        raise
    shutil.rmtree(home)


@contextmanager
def _watching(plan: MatchPlan, quiet: bool) -> Iterator[Watcher]:
    """How events are shown: a live board in a terminal, a line now and then elsewhere, nothing when quiet."""
    console = Console(stderr=True)
    if quiet:
        yield lambda _event: None
    elif console.is_terminal and plan.parallel == 1:
        with Live(console=console, auto_refresh=False) as live:
            yield lambda event: live.update(render(event), refresh=True)
    else:
        yield _Ticker(console)


class _Ticker:
    """A line for the start, each hundredth turn and the end of each game."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, event: StepEvent) -> None:
        if event.command is None or event.turn_no % 100 == 0:
            hp = " ".join(f"{player.player_name}:{player.hp}" for player in event.state_after.players)
            self._console.print(
                f"{event.game_id[:8]}  turn {event.turn_no:4}  {hp}  {describe(event)}", highlight=False
            )


def _document(played: list[GameFigures]) -> dict[str, object]:
    """One game as it is; several as a list under their totals."""
    if len(played) == 1:
        return played[0].model_dump(mode="json")
    wins = Counter(game.winner or "draw" for game in played)
    return {"wins": dict(wins), "games": [game.model_dump(mode="json") for game in played]}


def _print_result(played: list[GameFigures]) -> None:
    console = output()
    for game in played:
        console.print(_table(game))
    if len(played) > 1:
        wins = Counter(game.winner or "draw" for game in played)
        console.print("wins: " + ", ".join(f"{who} {count}" for who, count in wins.most_common()))


def _table(game: GameFigures) -> Table:
    result = f"{game.winner} wins" if game.winner else f"a draw, {game.ranking[0]} ahead"
    table = Table(title=f"{result} after {game.turns} turns in {game.seconds:.1f} s", title_justify="left")
    kinds = [kind for kind in CommandType if any(kind in player.commands for player in game.players.values())]
    asked = any(player.model for player in game.players.values())
    models = ("outcomes", "tokens") if asked else ()
    for column in ("", "brain", "HP", *kinds, "timeout", "invalid", "decision ms", "answer ms", *models):
        table.add_column(column, justify="left" if column in {"", "brain", "outcomes"} else "right", no_wrap=True)
    for name, player in game.players.items():
        table.add_row(
            name,
            player.brain or "",
            str(player.hp),
            *(str(player.commands.get(kind, 0)) for kind in kinds),
            str(player.timeouts),
            str(player.invalid),
            _latency(player.decision_ms),
            _latency(player.event_to_command_ms),
            *((_outcomes(player), _tokens(player)) if asked else ()),
        )
    table.caption = "times are p50 / p99; answer: from the event that opens a turn to the command on its topic"
    if asked:
        table.caption += "; tokens: in / out"
    return table


def _outcomes(player: PlayerFigures) -> str:
    return ", ".join(f"{outcome} {count}" for outcome, count in player.outcomes.items())


def _tokens(player: PlayerFigures) -> str:
    return "" if player.tokens_in is None else f"{player.tokens_in} / {player.tokens_out}"


def _latency(latency: Latency) -> str:
    return "" if latency.p50 is None else f"{latency.p50:.0f} / {latency.p99:.0f}"
