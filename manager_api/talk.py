"""Routes of talk: a game's table, what people say there, and who is to be silent."""

from flask_openapi3 import APIBlueprint, Tag

from manager_api.extensions import services
from manager_api.failures import CHANGING, READING
from manager_api.schemas.base import ErrorView, GamePath
from manager_api.schemas.talk import Mute, MutedView, Say, TalkQuery, TalkView

blueprint = APIBlueprint(
    "talk",
    __name__,
    url_prefix="/internal/v3",
    abp_tags=[Tag(name="talk", description="Talk beside the game: see docs/talk.md.")],
)


@blueprint.get("/games/<game_id>/talk", responses={200: TalkView, **READING})
def show_talk(path: GamePath, query: TalkQuery) -> dict[str, object]:
    """A game's table: the bot that has the word, until when, and what was said."""
    return _view(path, query.player_id)


@blueprint.post("/games/<game_id>/talk", responses={200: TalkView, **CHANGING, 429: ErrorView})
def say(path: GamePath, body: Say) -> dict[str, object]:
    """A person says something, to all or to one seat. The next bot has the word at once.

    A person that says too much in a minute is told by `Retry-After` how many seconds to wait.
    """
    services().floor.say(path.game_id, body.player_id, body.text, body.to)
    return _view(path, body.player_id)


@blueprint.post("/games/<game_id>/talk/reset", responses={200: TalkView, **CHANGING})
def reset_talk(path: GamePath) -> dict[str, object]:
    """Silence a table until somebody speaks."""
    services().floor.reset(path.game_id)
    return _view(path)


@blueprint.post("/talk/mute", responses={200: MutedView, **CHANGING})
def mute(body: Mute) -> dict[str, object]:
    """Silence a bot, a game's bots or an instance's bots, or let them speak again."""
    services().floor.mute(body.what, body.name, muted=body.muted)
    return MutedView(**body.model_dump()).model_dump(mode="json")


def _view(path: GamePath, player_id: str | None = None) -> dict[str, object]:
    return TalkView.of(services().floor.show(path.game_id, player_id)).model_dump(mode="json")
