"""Headless matches: games of bots against bots, played through the whole system, and their figures."""
