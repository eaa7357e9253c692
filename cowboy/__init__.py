"""Cowboy: AI players for the seats of a live, turn-based multiplayer game."""

__version__ = "0.1.0"
