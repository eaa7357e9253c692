"""An exchange of a brain with a model, for the turn's transcript."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question to a model. It holds no prompt (the situation makes it again), no address and no key.

    `model` and `mode` are the model and the form of answer that was asked for; `prompts` is the version of the words it
    was asked with. `answer` is what came back, raw, and None if nothing did. `ms` is how long that took. Tokens are as
    the provider counts them, None if it does not.
    """

    model: str
    mode: str
    prompts: str
    ms: float
    answer: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None


Report = Callable[[Exchange], None]


def to_nobody(exchange: Exchange) -> None:
    """A `Report` that drops everything."""
    del exchange
