"""The `random` brain: any legal action."""

from random import Random

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.game.rules import legal_actions


class RandomBrain(Brain):
    """Each legal action with the same probability; never speaks."""

    name = "random"
    speaks = False

    def decide(self, situation: Situation, context: Context) -> Decision:
        """By the situation's seed alone."""
        del context
        actions = list(legal_actions(situation.table.to_board()))
        return Decision(Random(situation.seed).choice(actions))  # noqa: S311  # a game, not a secret
