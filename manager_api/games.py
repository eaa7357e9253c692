"""Routes of games, for operators: list, show, pause, resume, teach again."""

from flask_openapi3 import APIBlueprint, Tag

from cowboy.bots.queries import GameSheet
from cowboy.errors import NotFound
from cowboy.state.bindings import Pause
from manager_api.extensions import services
from manager_api.failures import CHANGING, READING
from manager_api.schemas.base import GamePath
from manager_api.schemas.games import GamesQuery, GamesView, GameView, TeachBots

blueprint = APIBlueprint(
    "games",
    __name__,
    url_prefix="/internal/v3/games",
    abp_tags=[Tag(name="games", description="Games with bots, as operators see them.")],
)


@blueprint.get("", responses={200: GamesView, **READING})
def show_games(query: GamesQuery) -> dict[str, object]:
    """The assigned games, by id."""
    games = services().queries.game_ids()
    shown = tuple(GameView.of(sheet) for game_id in games[: query.limit] if (sheet := _sheet(game_id)) is not None)
    return GamesView(games=shown, total=len(games)).model_dump(mode="json")


def _sheet(game_id: str) -> GameSheet | None:
    try:
        return services().queries.game(game_id)
    except NotFound:  # ended meanwhile
        return None


@blueprint.get("/<game_id>", responses={200: GameView, **READING})
def show_game(path: GamePath) -> dict[str, object]:
    """A game, with the bots that were taken off it within the last day."""
    return _view(path)


@blueprint.post("/<game_id>/pause", responses={200: GameView, **CHANGING})
def pause_game(path: GamePath) -> dict[str, object]:
    """Pause all bots of a game. Their turns run out."""
    services().pauser.pause(_seats(path), Pause.GAME)
    return _view(path)


@blueprint.post("/<game_id>/resume", responses={200: GameView, **CHANGING})
def resume_game(path: GamePath) -> dict[str, object]:
    """Undo a pause of the game; one of a bot or an instance stays."""
    services().pauser.resume(_seats(path), Pause.GAME)
    return _view(path)


@blueprint.post("/<game_id>/teach", responses={200: GameView, **CHANGING})
def teach_game(path: GamePath, body: TeachBots) -> dict[str, object]:
    """Teach all bots of a game again."""
    players = [player_id for _, player_id in _seats(path)]
    services().onboarding.teach_game(path.game_id, body.game_guide_version)
    services().onboarding.wait(path.game_id, players)
    return _view(path)


def _seats(path: GamePath) -> list[tuple[str, str]]:
    return [(path.game_id, bot.player_id) for bot in services().queries.game(path.game_id).bots]


def _view(path: GamePath) -> dict[str, object]:
    return GameView.of(services().queries.game(path.game_id)).model_dump(mode="json")
