"""A season: many games of several line-ups in several processes, until each line-up's interval is small enough."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from itertools import combinations
from typing import NamedTuple

from cowboy.match.contender import Contender
from cowboy.match.ledger import Ledger
from cowboy.match.tournament import Pairing, Played, Score, pairings, play, score, wilson
from cowboy.settings import Settings

LEAST_GAMES = 20
"""An interval is not looked at before: a short run of luck has a small one, too."""

LineUp = tuple[str, ...]
"""Contenders at one table, as texts; the first is the one under test."""


class Plan(NamedTuple):
    """What is played. `within` is half of a 95 % interval that is small enough to stop, None for all games."""

    line_ups: Sequence[LineUp]
    games: int
    seed: int
    max_turns: int
    within: float | None = None


def all_pairs(contenders: Sequence[str]) -> list[LineUp]:
    """Everyone against everyone else, two at a table."""
    return list(combinations(contenders, 2))


class Standing(NamedTuple):
    """One contender in all its games. `low` and `high` bound its share of wins with 95 % confidence."""

    contender: Contender
    games: int
    wins: int
    rate: float
    low: float
    high: float


def standings(scores: Sequence[tuple[LineUp, Score]]) -> list[Standing]:
    """Of duels; the best first. A draw is a win for neither."""
    games: dict[str, int] = {}
    wins: dict[str, int] = {}
    for (one, other), result in scores:
        for name, won in ((one, result.wins), (other, result.losses)):
            games[name] = games.get(name, 0) + result.games
            wins[name] = wins.get(name, 0) + won
    found = [
        Standing(
            Contender.of(name), games[name], wins[name], wins[name] / games[name], *wilson(wins[name], games[name])
        )
        for name in games
    ]
    return sorted(found, key=lambda standing: -standing.rate)


class Season:
    """Plays what the ledger lacks, and adds it there; `jobs` processes play with `settings`."""

    def __init__(self, plan: Plan, ledger: Ledger, settings: Settings, jobs: int) -> None:
        self._plan, self._ledger, self._settings, self._jobs = plan, ledger, settings, jobs

    def play(self, tell: Callable[[LineUp, Score], None]) -> list[tuple[LineUp, Score]]:
        """The score of each line-up; `tell` is told of it as soon as it is known."""
        scores = []
        with ProcessPoolExecutor(self._jobs) as pool:
            for line_up in self._plan.line_ups:
                result = score(self._played(line_up, pool))
                tell(line_up, result)
                scores.append((line_up, result))
        return scores

    def _played(self, line_up: LineUp, pool: Executor) -> list[Played]:
        """The line-up's games, as many as it takes. Games that are on their way when it is enough count, too."""
        plan = self._plan
        done: list[Played] = []
        running: dict[Future[Played], Pairing] = {}
        to_come: Iterator[Pairing] = iter(pairings(line_up, plan.games, plan.seed, plan.max_turns))
        while True:
            while len(running) < self._jobs and not _enough(done, plan.within):
                pairing = next(to_come, None)
                if pairing is None:
                    break
                known = self._ledger.of(pairing)
                if known is None:
                    running[pool.submit(play, pairing, self._settings)] = pairing
                else:
                    done.append(known)
            if not running:
                return done
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done.append(future.result())
                self._ledger.add(running.pop(future), done[-1])


def _enough(done: Sequence[Played], within: float | None) -> bool:
    if within is None or len(done) < LEAST_GAMES:
        return False
    low, high = wilson(sum(played.won for played in done), len(done))
    return (high - low) / 2 <= within
