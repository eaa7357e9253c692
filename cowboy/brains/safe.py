"""The safe default: what a bot does when its brain gives nothing usable (docs/brains.md#when-a-brain-fails)."""

from cowboy.game.board import State
from cowboy.game.rules import Action
from cowboy.game.words import CommandType

SAFE = "safe"
"""Its name in lists of brains. It is not a brain: nothing can go wrong with it."""


def safe_action(state: State) -> Action:
    """Keep the shield where it is. Always legal, and changes nothing but the turn."""
    return Action(CommandType.SHIELD, state.actor.shield)
