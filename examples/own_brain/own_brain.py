"""A brain in a package of its own: install it, and bots can have it.

    .venv/bin/python -m pip install --no-build-isolation -e examples/own_brain
    .venv/bin/cowboy brain check drifter
    .venv/bin/cowboy match --brains A=drifter,B=random --players 2

Shows all that a brain needs: a name, a decision, and the entry point in `pyproject.toml` by which it is found.
"""

from random import Random

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.game.rules import legal_actions, shot_hits
from cowboy.game.words import CommandType
from cowboy.settings import Settings


class Drifter(Brain):
    """Shoots whom it meets, else wanders about; turns its shield where there is no way."""

    name = "drifter"

    def decide(self, situation: Situation, context: Context) -> Decision:
        """By chance, but all chance comes from the seed: the same situation always has the same decision."""
        del context
        board = situation.table.to_board()
        actions = list(legal_actions(board))
        shots = [action for action in actions if action.kind is CommandType.SHOOT and action.direction]
        hits = [shot for shot in shots if shot.direction and shot_hits(board, shot.direction)]
        steps = [action for action in actions if action.kind is CommandType.MOVE]
        chosen = Random(situation.seed).choice(hits or steps or actions)
        return Decision(chosen, {"hits": len(hits), "steps": len(steps)})


def build(_settings: Settings) -> Brain:
    """What the entry point names: called with the settings, of which this brain wants nothing."""
    return Drifter()
