"""Routes of turn records: how each turn of a bot was decided, and how long that took."""

from flask import current_app
from flask_openapi3 import APIBlueprint, Tag

from manager_api.schemas import ErrorView, GamePath, TurnsView

blueprint = APIBlueprint(
    "turns",
    __name__,
    url_prefix="/internal/v3/games/<game_id>",
    abp_tags=[Tag(name="turns", description="What the bots did, turn by turn.")],
    abp_responses=dict.fromkeys((401, 422, 500, 502), ErrorView),
)


@blueprint.get("/turns", responses={200: TurnsView})
def show_turns(path: GamePath) -> dict[str, object]:
    """The turns that bots played, oldest first; an unknown game has none. Kept for a day after the game."""
    records = current_app.extensions["records"].of_game(path.game_id)
    return TurnsView(game_id=path.game_id, turns=tuple(records)).model_dump(mode="json")
