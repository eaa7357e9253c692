"""Whether experience helps: `search` with what a character learned in games on a map, against `search` without.

    .venv/bin/python -m tests.experience --school 50 --games 400
    .venv/bin/python -m tests.experience --map 5 --players 4 --heir
    .venv/bin/python -m tests.experience --shuffled      # a control: the same weights on the wrong cells
    .venv/bin/python -m tests.experience --knowledge known.json   # what was learned is kept there, for the next time

The school is played on the same map by equals, the learner on each seat in turn; what it learned then stays as it is.
Each seed is played once from each seat. The share of wins is of the games that somebody won, with 95 % confidence.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from cowboy.brains.brain import Brain, Context, Situation
from cowboy.brains.registry import build_brain
from cowboy.characters.fact import Kind, fingerprint
from cowboy.characters.knowledge import Company, Knowledge, Witness, learn
from cowboy.characters.knowledge_file import read_knowledge, write_knowledge
from cowboy.characters.recollection import recollect
from cowboy.characters.watch import Watch, see
from cowboy.game import rules
from cowboy.game.board import Grid, State, new_state
from cowboy.game.experience import Experience
from cowboy.game.maps import default_grid, generate_grid
from cowboy.game.turns import Table
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import GameState
from cowboy.game.words import CommandSource, CommandType, PlayerName, ResultStatus, StepEventType
from cowboy.match.tournament import wilson
from cowboy.settings import Settings

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
LEARNER = "ida"
SCHOOL_SEED = 100_000
SECONDS_A_MOVE = 60.0
TOLD_EVERY = 20


class Player(NamedTuple):
    brain: Brain
    experience: Experience | None = None


def play(
    grid: Grid,
    players: Sequence[Player],
    seed: int,
    watch: Callable[[StepEvent], None] | None = None,
    game_id: str = "game",
    max_turns: int = 600,
) -> int | None:
    """The winner's seat, or None for a draw. `watch` is told the events as they would stand on the topic."""
    ids = tuple(f"seat-{seat}" for seat in range(len(players)))
    state = new_state(grid, len(players))
    notes = [""] * len(players)
    if watch is not None:
        watch(_event(game_id, state, ids))
    while state.winner is None and state.turn_no <= max_turns:
        seat = state.current
        situation = Situation(
            table=Table.from_board(game_id, state, ids, BEGAN),
            seconds_left=SECONDS_A_MOVE,
            seed=Random(f"{seed}/{seat}/{state.turn_no}").getrandbits(63),
            experience=players[seat].experience,
            notes=notes[seat],
        )
        decision = players[seat].brain.decide(situation, Context())
        action, notes[seat] = decision.action, notes[seat] if decision.notes is None else decision.notes
        following = rules.apply(state, action)
        assert isinstance(following, State)
        if watch is not None:
            watch(_event(game_id, following, ids, Acted(ids[seat], action, state.turn_no)))
        state = following
    return state.winner


class Acted(NamedTuple):
    player_id: str
    action: rules.Action
    turn_no: int


def _event(game_id: str, after: State, ids: tuple[str, ...], acted: Acted | None = None) -> StepEvent:
    command = acted and Command(
        command_id=f"{game_id}-{acted.turn_no}",
        source=CommandSource.BOT,
        game_id=game_id,
        player_id=acted.player_id,
        command_type=acted.action.kind,
        direction=acted.action.direction,
        turn_no=acted.turn_no,
        sent_at=BEGAN,
    )
    timed_out = acted is not None and acted.action.kind is CommandType.TIMEOUT
    kind = StepEventType.TIMEOUT_APPLIED if timed_out else StepEventType.STEP_APPLIED
    return StepEvent(
        game_id=game_id,
        step_seq=after.turn_no,
        turn_no=after.turn_no,
        round_no=after.round_no,
        event_type=kind if acted else StepEventType.GAME_STARTED,
        result_status=ResultStatus.TIMEOUT_APPLIED if timed_out else ResultStatus.APPLIED,
        command=command,
        state_after=GameState.from_board(after, ids),
        created_at=BEGAN + timedelta(seconds=after.turn_no),
    )


def school(grid: Grid, brains: Sequence[Brain], games: int) -> Knowledge:
    """What one of these players knows after so many games with the others, on each seat in turn."""
    knowledge = Knowledge()
    for number in range(games):
        mine = number % len(brains)
        ids = [f"seat-{seat}" for seat in range(len(brains))]
        keys = {player: LEARNER if seat == mine else f"rival {seat}" for seat, player in enumerate(ids)}
        company = Company(f"school-{number}", fingerprint(grid), {ids[mine]: Witness(LEARNER, LEARNER)}, keys)
        last: list[Watch | None] = [None]

        def watch(event: StepEvent, company: Company = company, last: list[Watch | None] = last) -> None:
            last[0], seen = see(last[0], event)
            if seen is not None:
                learn({LEARNER: knowledge}, company, seen)

        play(grid, [Player(brain) for brain in brains], SCHOOL_SEED + number, watch, company.game_id)
    return knowledge


def told(knowledge: Knowledge, grid: Grid, seat: int, players: int) -> Experience | None:
    """What the learner is told on a seat, of rivals that it knows."""
    names = list(PlayerName)[:players]
    rivals = {name: f"rival {other}" for other, name in enumerate(names) if other != seat}
    return recollect(knowledge, fingerprint(grid), rivals)


def shuffled(knowledge: Knowledge, grid: Grid, seed: int) -> Knowledge:
    """The same facts about the wrong cells."""
    cells = sorted(knowledge.cells(Kind.VISITED, fingerprint(grid)))
    others = Random(seed).sample(cells, len(cells))
    moved = {f"{row},{col}": f"{to_row},{to_col}" for (row, col), (to_row, to_col) in zip(cells, others, strict=True)}
    return Knowledge(
        {
            subject._replace(place=moved.get(subject.place, subject.place)): fact
            for subject, fact in knowledge.facts.items()
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--map", default="default", help="default, or the seed of a random one")
    parser.add_argument("--players", type=int, default=2)
    parser.add_argument("--school", type=int, default=50, help="games to learn from")
    parser.add_argument("--games", type=int, default=400)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--brain", default="search")
    parser.add_argument("--rival", help="the others' brain; absent: the same")
    parser.add_argument("--nodes", type=int, help="the budget in positions; absent: 200 ms")
    parser.add_argument("--heir", action="store_true", help="an heir has the experience, who never learned")
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--knowledge", type=Path, help="a file of what was learned; written if it is not there")
    options = parser.parse_args()
    settings = Settings(search_budget_nodes=options.nodes)
    grid = default_grid() if options.map == "default" else generate_grid(Random(int(options.map)), options.players)
    mine, rival = build_brain(options.brain, settings), build_brain(options.rival or options.brain, settings)
    if options.knowledge is not None and options.knowledge.exists():
        knowledge, _ = read_knowledge(options.knowledge.read_text())
    else:
        knowledge = school(grid, [mine, *[rival] * (options.players - 1)], options.school)
    if options.knowledge is not None:
        options.knowledge.write_text(write_knowledge(knowledge))
    knowledge = knowledge.inherited() if options.heir else knowledge
    knowledge = shuffled(knowledge, grid, 1) if options.shuffled else knowledge
    wins = draws = 0
    for number in range(options.games):
        seat = number % options.players
        players = [Player(rival)] * options.players
        players[seat] = Player(mine, told(knowledge, grid, seat, options.players))
        winner = play(grid, players, options.first + number // options.players)
        wins, draws = wins + (winner == seat), draws + (winner is None)
        if (number + 1) % TOLD_EVERY == 0:
            print(f"{wins} wins and {draws} draws in {number + 1} games", file=sys.stderr, flush=True)  # noqa: T201
    decided = options.games - draws
    low, high = wilson(wins, decided) if decided else (0.0, 1.0)
    how = [f"{options.school} games of experience", *(["inherited"] if options.heir else [])]
    how += ["on the wrong cells"] if options.shuffled else []
    print(  # noqa: T201
        f"map {options.map}, {options.players} players, {', '.join(how)}: {wins} wins and {draws} draws in "
        f"{options.games} games, {wins / max(1, decided):.1%} of those decided (95 %: {low:.1%} to {high:.1%}); "
        f"by chance {1 / options.players:.0%}; knowledge {knowledge.bytes} bytes"
    )


if __name__ == "__main__":
    main()
