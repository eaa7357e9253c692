"""What asking models has cost: of each bot of a game, and of each LLM profile on a day."""

from collections import defaultdict
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys
from cowboy.state.providers import today


class Spent(BaseModel):
    """Tokens in and out, what they cost by the profile's prices, and how many answers that were.

    `refused` is how many turns a budget that was spent has left to the fallback.
    """

    model_config = ConfigDict(frozen=True)

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    answers: int = 0
    refused: int = 0


class Usages:
    """Reads what `Providers` counts."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    def of_game(self, game_id: str) -> dict[str, Spent]:
        """By bot; under the empty name all of them together. Kept for a day after the game's last answer."""
        counts: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for field, count in self._read(self._keys.usage(game_id)).items():
            bot_id, _, what = field.rpartition(" ")
            counts[bot_id][what] = count
        return {"": Spent(), **{bot_id: _spent(counts[bot_id]) for bot_id in sorted(counts)}}

    def of_profile(self, profile: str) -> Spent:
        """Of all bots that have it, today (UTC)."""
        return _spent(self._read(self._keys.spent(profile, today())))

    def _read(self, key: str) -> dict[str, str]:
        with state_errors("reading what models have cost"):
            return self._redis.hgetall(key)  # type: ignore[return-value]


def _spent(counts: Mapping[str, str]) -> Spent:
    whole = {what: int(count) for what, count in counts.items()}
    return Spent(**{**whole, "cost": whole.get("cost", 0) / 1_000_000})
