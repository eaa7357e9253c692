"""The consumers of the games' output topics: the turn bridge."""
