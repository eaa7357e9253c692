"""What a brain has to heed about providers of models: leave to ask them, and what all others have learned of them.

Whoever fails again and again is left alone for a while, by everybody: without that a provider that is down would cost
each turn all of its time. Requests a minute and budgets hold for all workers together. So all of it is kept elsewhere
(`cowboy.state.providers`); this is what a brain sees of it.
"""

from typing import Protocol

from cowboy.models.quota import Admission, Asking, Usage, Verdict


class Providers(Protocol):
    """Leave to ask, and notes about what came of it. A provider is named by a digest of its address and key."""

    def admit(self, asking: Asking, most_seconds: float) -> Admission:
        """Leave to ask once, after a wait of `most_seconds` at most; or why not."""

    def failed(self, provider: str, wait_seconds: float | None) -> None:
        """It gave no answer, and asked for that much patience if it did."""

    def answered(self, asking: Asking, usage: Usage) -> None:
        """It gave an answer, of whatever quality, which cost so much."""

    def spent(self, asking: Asking, usage: Usage) -> None:
        """It will want to be paid, though there was no answer."""

    def mode(self, provider: str, model: str) -> str | None:
        """The output mode that was found to suit the model, if that is known."""

    def may_probe(self, provider: str, model: str, seconds: float) -> bool:
        """Whether the caller is the one to find it out; nobody else is for so long."""

    def found(self, provider: str, model: str, mode: str, seconds: float) -> None:
        """It was found out; for so long it need not be again."""


class AnyProvider:
    """Everybody may be asked at any time, and nothing is noted: for a brain that is tried out by itself."""

    def admit(self, asking: Asking, most_seconds: float) -> Admission:
        del asking, most_seconds
        return Admission(Verdict.ADMITTED)

    def failed(self, provider: str, wait_seconds: float | None) -> None:
        """Nobody is told."""

    def answered(self, asking: Asking, usage: Usage) -> None:
        """Nobody is told."""

    def spent(self, asking: Asking, usage: Usage) -> None:
        """Nobody is told."""

    def mode(self, provider: str, model: str) -> str | None:
        """Nobody knows."""

    def may_probe(self, provider: str, model: str, seconds: float) -> bool:
        del provider, model, seconds
        return True

    def found(self, provider: str, model: str, mode: str, seconds: float) -> None:
        """Nobody is told."""
