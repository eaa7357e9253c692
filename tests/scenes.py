"""Random scenes: does a prompt hold any fact that was neither witnessed nor inherited?

    .venv/bin/python -m tests.scenes 10000

A scene is a few games among characters, plain bots and people on two maps, in one of the three modes, with deaths and
heirs, and then a bot that is told what it knows. Each number in its prompt is compared with what the recorded states
say, counted here anew, and only over the games in which somebody of its line sat and lived (in the mode `shared`,
anybody).
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from cowboy.brains.llm.memory import remembered
from cowboy.characters.fact import fingerprint
from cowboy.characters.knowledge import SHARED, Company, Knowledge, Witness, learn
from cowboy.characters.recollection import recollect
from cowboy.characters.watch import see
from cowboy.game import rules
from cowboy.game.board import Grid, Player, State, new_state
from cowboy.game.maps import generate_grid
from cowboy.game.rules import Action
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import GameState
from cowboy.game.words import CommandSource, CommandType, PlayerName, ResultStatus, StepEventType

MODES = ("shared", "independent", "inherit_on_death")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
MAPS = tuple(generate_grid(Random(seed), 4, 6, 6) for seed in (1, 2))
TURNS = 24
HP = 2


class Step(NamedTuple):
    """One recorded turn: the board before and after, and who acted how."""

    before: State
    after: State
    action: Action


class Game(NamedTuple):
    """A recorded game. `seats` are the characters' lives that sat there, '' for a plain bot, None for a person."""

    number: int
    grid: Grid
    steps: tuple[Step, ...]
    seats: tuple[str | None, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(
            f"person:{name}" if who is None else who or f"seat:{name}"
            for name, who in zip(PlayerName, self.seats, strict=True)
        )


def scene(seed: int) -> tuple[str, list[str]]:
    """The prompt's paragraph of a random scene, and what is wrong with it: nothing, that is to be."""
    random = Random(seed)
    mode = random.choice(MODES)
    scopes: dict[str, Knowledge] = {SHARED: Knowledge()} if mode == "shared" else {}
    lines: dict[str, list[str]] = {}
    living = []
    for name in ("ida", "joss", "kit"):
        living.append(name)
        lines[name] = [name]
        scopes.setdefault(_scope(mode, name), Knowledge())
    games: list[Game] = []
    for number in range(random.randint(1, 4)):
        sitting = random.sample(living, random.randint(0, 3))
        seats: list[str | None] = [*sitting, *random.choices(["", None], k=4 - len(sitting))]
        random.shuffle(seats)
        game = _played(random, number, tuple(seats))
        games.append(game)
        _learn(game, mode, scopes)
        for seat, who in enumerate(seats):
            if who and not game.steps[-1].after.players[seat].alive:
                heir = f"{who.split(' ')[0]} {number} {seat}"
                living[living.index(who)] = heir
                lines[heir] = [*lines[who], heir] if mode == "inherit_on_death" else [heir]
                if mode != "shared":
                    scopes[heir] = scopes[who].inherited() if mode == "inherit_on_death" else Knowledge()
    mine = random.choice(living)
    grid = random.choice(MAPS)
    everybody = sorted({key for game in games for key in game.keys})
    opponents = dict(zip(list(PlayerName)[1:], random.sample(everybody, min(3, len(everybody))), strict=False))
    told = remembered(recollect(scopes[_scope(mode, mine)], fingerprint(grid), opponents))
    allowed = Witnessed(games, None if mode == "shared" else set(lines[mine]), grid)
    facts = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    return told, [json.dumps(fact) for fact in facts if not allowed.says(fact, opponents)]


def _scope(mode: str, name: str) -> str:
    return SHARED if mode == "shared" else name


def _played(random: Random, number: int, seats: tuple[str | None, ...]) -> Game:
    grid = random.choice(MAPS)
    state = new_state(grid, len(seats))
    state = state._replace(players=tuple(player._replace(hp=HP) for player in state.players))
    steps = []
    while len(steps) < TURNS and state.winner is None:
        actions = list(rules.legal_actions(state))
        shots = [one for one in actions if one.kind is CommandType.SHOOT and one.direction is not None]
        hits = [one for one in shots if one.direction is not None and rules.shot_strikes(state, one.direction)]
        action = random.choice(hits or actions)
        after = rules.apply(state, action)
        assert isinstance(after, State)
        steps.append(Step(state, after, action))
        state = after
    return Game(number, grid, tuple(steps), seats)


def _learn(game: Game, mode: str, scopes: dict[str, Knowledge]) -> None:
    ids = tuple(f"id-{seat}" for seat in range(len(game.seats)))
    witnesses = {player: Witness(who, _scope(mode, who)) for player, who in zip(ids, game.seats, strict=True) if who}
    company = Company(f"game-{game.number}", fingerprint(game.grid), witnesses, dict(zip(ids, game.keys, strict=True)))
    watch = None
    for event in _events(game, ids):
        watch, seen = see(watch, event)
        if seen is not None:
            learn(scopes, company, seen)


def _events(game: Game, ids: tuple[str, ...]) -> Iterator[StepEvent]:
    began = BEGAN + timedelta(days=game.number)
    first = game.steps[0].before
    yield _event(game, first, ids, None, StepEventType.GAME_STARTED, began)
    for step in game.steps:
        command = Command(
            command_id="c",
            source=CommandSource.BOT,
            game_id=f"game-{game.number}",
            player_id=ids[step.before.current],
            command_type=step.action.kind,
            direction=step.action.direction,
            turn_no=step.before.turn_no,
            sent_at=began,
        )
        at = began + timedelta(seconds=step.after.turn_no)
        yield _event(game, step.after, ids, command, StepEventType.STEP_APPLIED, at)


def _event(
    game: Game, after: State, ids: tuple[str, ...], command: Command | None, kind: StepEventType, at: datetime
) -> StepEvent:
    return StepEvent(
        game_id=f"game-{game.number}",
        step_seq=after.turn_no,
        turn_no=after.turn_no,
        round_no=after.round_no,
        event_type=kind,
        result_status=ResultStatus.APPLIED,
        command=command,
        state_after=GameState.from_board(after, ids),
        created_at=at,
    )


class Witnessed:
    """What may be said, counted from the recorded boards alone."""

    def __init__(self, games: list[Game], line: set[str] | None, grid: Grid) -> None:
        self._games = games
        self._line = line
        self._grid = grid

    def says(self, fact: dict[str, object], opponents: dict[PlayerName, str]) -> bool:
        """Whether each number of a line of the prompt is what was seen."""
        match fact:
            case {"cell": [row, col], "turns": turns, "lost": lost}:
                return (turns, lost) == (self._turns(row, col), self._lost(row, col)) and bool(turns or lost)
            case {"block": [row, col], "struck": struck, "broken": broken}:
                return (struck, broken) == self._struck(row, col) and struck != 0
            case {"player": seat, "known_as": key, "turns": turns}:
                seen = self._acts(str(key))
                moves = sum(kind is CommandType.MOVE for kind in seen)
                return (
                    opponents.get(PlayerName(str(seat))) == key and turns == len(seen) and fact.get("move", 0) == moves
                )
        return False

    def _mine(self, game: Game) -> set[int]:
        return {seat for seat, who in enumerate(game.seats) if who and (self._line is None or who in self._line)}

    def _here(self) -> Iterator[tuple[set[int], Step]]:
        for game in self._games:
            if game.grid == self._grid and (mine := self._mine(game)):
                for step in game.steps:
                    yield mine, step

    def _turns(self, row: int, col: int) -> int:
        stood = (step.after.players[step.before.current] for mine, step in self._here() if step.before.current in mine)
        return sum((player.row, player.col) == (row, col) for player in stood)

    def _lost(self, row: int, col: int) -> int:
        hits: list[tuple[Player, Player]] = [
            (step.before.players[seat], step.after.players[seat]) for mine, step in self._here() for seat in mine
        ]
        return sum(was.hp - now.hp for was, now in hits if (now.row, now.col) == (row, col))

    def _struck(self, row: int, col: int) -> tuple[int, int]:
        changes = [
            (step.before.grid.at(row, col), step.after.grid.at(row, col))
            for mine, step in self._here()
            if any(step.before.players[seat].alive for seat in mine)
        ]
        return sum(was > now for was, now in changes), sum(was > now == 0 for was, now in changes)

    def _acts(self, key: str) -> list[CommandType]:
        """What somebody was seen doing. Each turn counts once, however many of the line saw it."""
        return [
            step.action.kind
            for game in self._games
            for step in game.steps
            if game.keys[step.before.current] == key
            and any(step.before.players[seat].alive and seat != step.before.current for seat in self._mine(game))
        ]


def main(scenes: int, first: int = 0) -> int:
    """How many facts in the prompts of so many scenes were neither witnessed nor inherited. Prints each."""
    wrong = told = 0
    for seed in range(first, first + scenes):
        text, mistakes = scene(seed)
        told += sum(line.startswith("{") for line in text.splitlines())
        wrong += len(mistakes)
        for mistake in mistakes:
            print(f"scene {seed}: {mistake}")  # noqa: T201
    print(f"{scenes} scenes, {told} facts in prompts, {wrong} neither witnessed nor inherited")  # noqa: T201
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
