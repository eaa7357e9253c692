"""Routes of turn records: how each turn of a bot was decided, and how long that took."""

from flask_openapi3 import APIBlueprint, Tag

from manager_api.extensions import records
from manager_api.failures import READING
from manager_api.schemas.base import GamePath
from manager_api.schemas.turns import TurnsView

blueprint = APIBlueprint(
    "turns",
    __name__,
    url_prefix="/internal/v3/games/<game_id>",
    abp_tags=[Tag(name="turns", description="What the bots did, turn by turn.")],
    abp_responses=READING,
)


@blueprint.get("/turns", responses={200: TurnsView})
def show_turns(path: GamePath) -> dict[str, object]:
    """The turns that bots played, oldest first; an unknown game has none. Kept for a day after the game."""
    played = records().of_game(path.game_id)
    return TurnsView(game_id=path.game_id, turns=tuple(played)).model_dump(mode="json")
