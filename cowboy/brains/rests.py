"""Rests of providers: whoever fails again and again, or asks for patience, is left alone for a while, by everybody.

Without it a provider that is down would cost each turn all of its time. What is known is shared between workers, so it
is kept elsewhere (`cowboy.state.providers`); this is what a brain sees of it.
"""

from typing import Protocol


class Rests(Protocol):
    """Who is to be left alone. A provider is named by where it is and the key it is asked with, in a digest."""

    def seconds(self, provider: str) -> float:
        """How long not to ask it yet; 0 if it may be asked."""

    def failed(self, provider: str, wait_seconds: float | None) -> None:
        """It gave no answer, and asked for that much patience if it did."""

    def answered(self, provider: str) -> None:
        """It gave an answer, of whatever quality."""


class NoRests:
    """Everybody may be asked at any time: for a brain that is tried out by itself."""

    def seconds(self, provider: str) -> float:
        del provider
        return 0.0

    def failed(self, provider: str, wait_seconds: float | None) -> None:
        """Nobody is told."""

    def answered(self, provider: str) -> None:
        """Nobody is told."""
