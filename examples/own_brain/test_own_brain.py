"""That the brain does what every brain owes: the suite comes with Cowboy.

.venv/bin/python -m pytest examples/own_brain
"""

from own_brain import Drifter

from cowboy.brains.brain import Brain
from cowboy.brains.conformance import BrainContract


class TestDrifter(BrainContract):
    """All checks, on games of the first eight seeds."""

    def build(self) -> Brain:
        return Drifter()
