"""The `search` brain and its levels: alpha-beta over the rules, within a budget of time or of positions."""

from cowboy.brains.search.brain import LEVELS, SearchBrain

__all__ = ["LEVELS", "SearchBrain"]
