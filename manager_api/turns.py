"""Routes of turn records: how each turn of a bot was decided, and how long that took."""

from flask_openapi3 import APIBlueprint, Tag

from cowboy.errors import NotFound
from manager_api.extensions import records, transcripts
from manager_api.failures import READING
from manager_api.schemas.base import GamePath, TurnPath
from manager_api.schemas.turns import PlayedTurnView, TurnsView

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


@blueprint.get("/turns/<turn_no>", responses={200: PlayedTurnView})
def show_turn(path: TurnPath) -> dict[str, object]:
    """One turn that a bot played, with what it was decided on and what its model was asked and said."""
    game_id, turn_no = path.game_id, path.turn_no
    played = records().of_turn(game_id, turn_no)
    if played is None:
        raise NotFound(
            f"no bot has played turn {turn_no} of game {game_id}, or its record is gone; "
            f"those there are: GET /internal/v3/games/{game_id}/turns"
        )
    transcript = transcripts().of_turn(game_id, turn_no)
    return PlayedTurnView(game_id=game_id, turn=played, transcript=transcript).model_dump(mode="json")
