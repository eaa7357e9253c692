"""Routes of assignments: make, show, stop, and a bot for one seat."""

from flask_openapi3 import APIBlueprint, Tag

from cowboy.state.bindings import Binding
from cowboy.state.games import AssignedGame
from manager_api.extensions import services
from manager_api.failures import CHANGING, READING
from manager_api.schemas.assignments import (
    AssignedView,
    AssignmentView,
    BindingView,
    BindSeat,
    BoundView,
    DefaultAssignment,
    ExplicitAssignment,
    StopBots,
    StoppedView,
)
from manager_api.schemas.base import GamePath

blueprint = APIBlueprint(
    "assignments",
    __name__,
    url_prefix="/internal/v3/games/<game_id>",
    abp_tags=[Tag(name="assignments", description="Which bot sits on which seat of a game.")],
)


@blueprint.post("/assignments/default", responses={200: AssignedView, **CHANGING})
def assign_default(path: GamePath, body: DefaultAssignment) -> dict[str, object]:
    """Give seat A to a person, and every other seat to a bot."""
    made = services().assigner.assign_default(path.game_id, body.options(), apply_immediately=body.apply_immediately)
    return _view(AssignedView, *made)


@blueprint.post("/assignments", responses={200: AssignedView, **CHANGING})
def assign(path: GamePath, body: ExplicitAssignment) -> dict[str, object]:
    """Seats by name. Replaces an earlier assignment whole."""
    made = services().assigner.assign(path.game_id, body.human_player_ids, body.bot_player_ids, body.options())
    return _view(AssignedView, *made)


@blueprint.get("/assignments", responses={200: AssignmentView, **READING})
def show_assignment(path: GamePath) -> dict[str, object]:
    """The assignment as it stands."""
    return _view(AssignmentView, *services().assigner.show(path.game_id))


@blueprint.post("/bindings", responses={200: BoundView, **CHANGING})
def bind_seat(path: GamePath, body: BindSeat) -> dict[str, object]:
    """A bot for one seat; the others stay as they are. In a game without an assignment they are people's."""
    bot = services().assigner.bind(
        path.game_id, body.player_id, body.options(), create_if_missing=body.create_bot_if_missing
    )
    seat = BindingView.of(bot)
    return BoundView(game_id=path.game_id, **seat.model_dump(exclude={"player_name", "game_guide_version"})).model_dump(
        mode="json", exclude_none=True
    )


@blueprint.post("/bots/stop", responses={200: StoppedView, **CHANGING})
def stop_bots(path: GamePath, body: StopBots) -> dict[str, object]:
    """Take all bots off a game. The game may be unknown, and the request repeated."""
    count = services().assigner.stop(path.game_id, body.reason)
    return StoppedView(game_id=path.game_id, destroyed_bot_count=count).model_dump(mode="json")


def _view(kind: type[AssignmentView], game: AssignedGame, bindings: list[Binding]) -> dict[str, object]:
    views = tuple(BindingView.of(binding) for binding in bindings)
    return kind(game_id=game.game_id, humans=game.humans, bindings=views).model_dump(mode="json", exclude_none=True)
