"""One situation, and what each brain would do in it. No server is needed: brains are pure.

    .venv/bin/python examples/ask_a_brain.py

Shows all that a brain is told, and how a brain is tried out without playing a game.
"""

from datetime import UTC, datetime

from cowboy.brains.brain import Context, Situation
from cowboy.brains.llm import LLM
from cowboy.brains.registry import brain_names, build_brain
from cowboy.game.board import Player, State
from cowboy.game.maps import default_grid
from cowboy.game.turns import Table
from cowboy.game.words import Direction
from cowboy.settings import Settings

PLAYERS = (
    Player(row=9, col=5, shield=Direction.UP),
    Player(row=8, col=6, shield=Direction.UP, hp=1),  # one sweep away from being out
    Player(row=8, col=3, shield=Direction.RIGHT),
)
"""A stands between B and C. Its shot `right` sweeps B's column, past B's shield; `left` sweeps nobody's."""


def situation() -> Situation:
    """A is to act, with two seconds to think."""
    board = State(default_grid(), PLAYERS)
    table = Table.from_board("example", board, ("id-a", "id-b", "id-c"), opened_at=datetime.now(UTC))
    return Situation(table=table, seconds_left=2.0, seed=7)


def main() -> None:
    """Ask them all. With a budget in nodes the answers are the same on every machine."""
    settings = Settings(search_budget_nodes=500)
    for name in brain_names():
        if name == LLM:  # it would ask a model, and which one is for a file to say
            continue
        decision = build_brain(name, settings).decide(situation(), Context())
        print(f"{name:8} {decision.action.kind} {decision.action.direction}  {decision.figures or ''}")


if __name__ == "__main__":
    main()
