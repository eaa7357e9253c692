"""The interface through which a brain asks for permission to use a provider of models, and reports the results.

A provider that fails again and again is not asked for a while by any worker: otherwise a provider that is down would
cost each turn all of its time. Limits of requests a minute and budgets hold for all workers together. So the state is
in Redis (`cowboy.state.providers`).
"""

from typing import Protocol

from cowboy.models.quota import Admission, Asking, Usage, Verdict


class Providers(Protocol):
    """Permission to ask, and reports of the results. A provider is named by a digest of its address and key."""

    def admit(self, asking: Asking, most_seconds: float) -> Admission:
        """Permission for one request, after a wait of `most_seconds` at most, or the reason for none."""

    def failed(self, provider: str, wait_seconds: float | None) -> None:
        """Report that it gave no answer, and for how long it asked not to be asked again, if it did."""

    def answered(self, asking: Asking, usage: Usage) -> None:
        """Report an answer, of any quality, and its cost."""

    def spent(self, asking: Asking, usage: Usage) -> None:
        """Report the cost of a request without an answer."""

    def mode(self, provider: str, model: str) -> str | None:
        """The output mode that suits the model, if it has been found out."""

    def may_probe(self, provider: str, model: str, seconds: float) -> bool:
        """Whether the caller has to find out the mode. No other caller has to for the given time."""

    def found(self, provider: str, model: str, mode: str, seconds: float) -> None:
        """Keep the mode that was found out, for the given time."""


class AnyProvider:
    """Permits every request and records nothing: for a brain that is tried out by itself."""

    def admit(self, asking: Asking, most_seconds: float) -> Admission:
        del asking, most_seconds
        return Admission(Verdict.ADMITTED)

    def failed(self, provider: str, wait_seconds: float | None) -> None:
        """Records nothing."""

    def answered(self, asking: Asking, usage: Usage) -> None:
        """Records nothing."""

    def spent(self, asking: Asking, usage: Usage) -> None:
        """Records nothing."""

    def mode(self, provider: str, model: str) -> str | None:
        """Knows none."""

    def may_probe(self, provider: str, model: str, seconds: float) -> bool:
        del provider, model, seconds
        return True

    def found(self, provider: str, model: str, mode: str, seconds: float) -> None:
        """Records nothing."""
