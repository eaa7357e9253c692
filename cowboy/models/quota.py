"""The values of quotas: terms, permissions and costs of requests to models. `cowboy.state.providers` counts them."""

from enum import StrEnum
from typing import NamedTuple


class Terms(NamedTuple):
    """What a profile allows its bots, and what it costs. A bound that is None does not hold.

    Requests a minute are counted for the provider, over all callers; after a pause `burst` of them may go at once.
    Tokens count in and out together: of one bot, of all bots of its game, of all that have the profile within a day
    (UTC). Prices are for a million tokens.
    """

    requests_per_minute: float | None = None
    burst: int = 1
    tokens_per_bot: int | None = None
    tokens_per_game: int | None = None
    tokens_per_day: int | None = None
    price_in: float = 0.0
    price_out: float = 0.0


class Asking(NamedTuple):
    """A request: the bot, the provider and the terms. A provider is named by a digest of its address and key."""

    provider: str
    profile: str
    game_id: str
    bot_id: str
    terms: Terms


class Verdict(StrEnum):
    """Whether a request is admitted."""

    ADMITTED = "admitted"
    """After `seconds`, which are set aside for it."""
    RESTING = "resting"
    """Not for `seconds`: the provider failed, or asked for patience."""
    BUSY = "busy"
    """Not for `seconds`: others have taken all requests that are free until then."""
    SPENT = "spent"
    """Not at all: the budget `of` the bot, the game or the day is."""


class Admission(NamedTuple):
    verdict: Verdict
    seconds: float = 0.0
    of: str = ""


class Usage(NamedTuple):
    """Tokens of one answer."""

    tokens_in: int
    tokens_out: int

    @classmethod
    def estimated(cls, question: str, answer: str) -> "Usage":
        """Where a provider does not say: four characters a token, as English text has it."""
        return cls(-(-len(question) // 4), -(-len(answer) // 4))

    def cost_micros(self, terms: Terms) -> int:
        """In millionths of whatever the prices are in."""
        return round(self.tokens_in * terms.price_in + self.tokens_out * terms.price_out)
