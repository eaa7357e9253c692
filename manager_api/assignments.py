"""Routes of assignments: make, show, stop."""

from flask import current_app
from flask_openapi3 import APIBlueprint, Tag

from cowboy.state.bindings import Binding
from cowboy.state.games import AssignedGame
from manager_api.assigner import Assigner
from manager_api.schemas import (
    AssignedView,
    AssignmentView,
    BindingView,
    DefaultAssignment,
    ErrorView,
    ExplicitAssignment,
    GamePath,
    StopBots,
    StoppedView,
)

blueprint = APIBlueprint(
    "assignments",
    __name__,
    url_prefix="/internal/v3/games/<game_id>",
    abp_tags=[Tag(name="assignments", description="Which bot sits on which seat of a game.")],
    abp_responses=dict.fromkeys((400, 401, 404, 409, 413, 415, 422, 500, 502), ErrorView),
)


@blueprint.post("/assignments/default", responses={200: AssignedView})
def assign_default(path: GamePath, body: DefaultAssignment) -> dict[str, object]:
    """Seat A to a person, every other seat to a bot."""
    return _view(AssignedView, *_assigner().assign_default(path.game_id, body))


@blueprint.post("/assignments", responses={200: AssignedView})
def assign(path: GamePath, body: ExplicitAssignment) -> dict[str, object]:
    """Seats by name. Replaces an earlier assignment whole."""
    return _view(AssignedView, *_assigner().assign(path.game_id, body))


@blueprint.get("/assignments", responses={200: AssignmentView})
def show_assignment(path: GamePath) -> dict[str, object]:
    """The assignment as it stands."""
    return _view(AssignmentView, *_assigner().show(path.game_id))


@blueprint.post("/bots/stop", responses={200: StoppedView})
def stop_bots(path: GamePath, body: StopBots) -> dict[str, object]:
    """Take all bots off a game. Fine for an unknown game, and when repeated."""
    count = _assigner().stop(path.game_id, body.reason)
    return StoppedView(game_id=path.game_id, destroyed_bot_count=count).model_dump(mode="json")


def _assigner() -> Assigner:
    assigner: Assigner = current_app.extensions["assigner"]
    return assigner


def _view(kind: type[AssignmentView], game: AssignedGame, bindings: list[Binding]) -> dict[str, object]:
    views = tuple(BindingView.of(binding) for binding in bindings)
    return kind(game_id=game.game_id, humans=game.humans, bindings=views).model_dump(mode="json")
