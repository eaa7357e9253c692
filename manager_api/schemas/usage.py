"""Bodies of what asking models has cost."""

from cowboy.state.usage import Spent
from manager_api.schemas.base import Body


class BotUsage(Spent):
    """What one bot has spent."""

    bot_id: str


class ProfileUsage(Spent):
    """What all bots with one LLM profile have spent today."""

    profile: str


class UsageView(Body, Spent):
    """What all bots of a game have spent together, then each of them."""

    game_id: str
    bots: tuple[BotUsage, ...]
    profiles_today: tuple[ProfileUsage, ...]
