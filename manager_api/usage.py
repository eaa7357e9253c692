"""Routes of what asking models has cost."""

from flask_openapi3 import APIBlueprint, Tag

from manager_api.extensions import profiles, usages
from manager_api.failures import READING
from manager_api.schemas.base import GamePath
from manager_api.schemas.usage import BotUsage, ProfileUsage, UsageView

blueprint = APIBlueprint(
    "usage",
    __name__,
    url_prefix="/internal/v3/games/<game_id>",
    abp_tags=[Tag(name="usage", description="What asking models has cost.")],
    abp_responses=READING,
)


@blueprint.get("/usage", responses={200: UsageView})
def show_usage(path: GamePath) -> dict[str, object]:
    """What the bots of a game have spent, and what each LLM profile has today (UTC), whatever game it was for.

    An unknown game has spent nothing. Kept for a day after the game's last answer.
    """
    spent = usages().of_game(path.game_id)
    total = spent.pop("")
    bots = tuple(BotUsage(bot_id=bot_id, **dict(theirs)) for bot_id, theirs in spent.items())
    today = tuple(ProfileUsage(profile=name, **dict(usages().of_profile(name))) for name in profiles().names())
    return UsageView(game_id=path.game_id, **dict(total), bots=bots, profiles_today=today).model_dump(mode="json")
