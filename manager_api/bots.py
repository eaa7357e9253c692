"""Routes of single bots: those of the existing bot service, for scripts that use it, and those for operators."""

from contextlib import suppress

from flask_openapi3 import APIBlueprint, Tag

from cowboy.bots.assigner import AssignmentOptions
from cowboy.errors import BadRequest, Conflict, NotFound
from cowboy.state.bindings import BindingStatus, Pause
from manager_api.extensions import players, profiles, services, topics
from manager_api.failures import CHANGING, READING
from manager_api.schemas.base import BotPath
from manager_api.schemas.bots import (
    AcceptedView,
    BotDetailView,
    BotsQuery,
    BotsView,
    BotView,
    CreateBot,
    CreatedBotView,
    DeletedView,
    MoveBot,
    TaughtView,
    TeachGame,
    UpdateBot,
)

blueprint = APIBlueprint(
    "bots",
    __name__,
    url_prefix="/internal/v3/bots",
    abp_tags=[Tag(name="bots", description="Single bots, by their ids.")],
)


# -- as the existing bot service ---------------------------------------------------------------------------------------


@blueprint.post("", responses={200: CreatedBotView, **CHANGING})
def create_bot(body: CreateBot) -> dict[str, object]:
    """Create a bot that does nothing until it is taught. Assignments create their bots themselves."""
    _check(body)
    options = AssignmentOptions(
        brains={body.player_name: body.brain} if body.brain else {},
        profiles={body.player_name: body.llm_profile} if body.llm_profile else {},
        bot_ids={body.player_id: body.bot_id.strip()} if body.bot_id and body.bot_id.strip() else {},
    )
    made = services().assigner.create(body.game_id, body.player_id, body.player_name, options)
    return CreatedBotView(bot_id=made.bot_id, status=made.status).model_dump(mode="json")


def _check(body: CreateBot) -> None:
    required = (body.game_id, body.player_id, body.input_topic, body.output_topic)
    if not all(map(str.strip, required)):
        raise BadRequest("game_id, player_id, input_topic, and output_topic are required")
    for field in body.refused:
        raise BadRequest(f"{field}: name a profile of the file BOT_MANAGER_LLM_CONFIG_PATH in llm_profile instead")
    if body.input_topic != topics().input_of(body.game_id):
        raise BadRequest("input_topic: is not the game's by GAME_INPUT_TOPIC_PREFIX")
    if body.output_topic != topics().output_of(body.game_id):
        raise BadRequest("output_topic: is not the game's by GAME_OUTPUT_TOPIC_PREFIX")


@blueprint.get("/<bot_id>", responses={200: BotDetailView, **READING})
def show_bot(path: BotPath) -> dict[str, object]:
    """A bot, the LLM profile that it plays by, without its key, and what it remembers."""
    bot = services().queries.bot(path.bot_id)
    profile = profiles().profiles.get(bot.profile) if bot.profile else None
    return BotDetailView.about(bot, profile, players().get(bot)).model_dump(mode="json")


@blueprint.post("/<bot_id>/teach-game", responses={200: TaughtView, **CHANGING})
def teach_bot(path: BotPath, body: TeachGame) -> dict[str, object]:
    """Teach a bot, also one that was taught before. With nothing but a version it is taught our own guide."""
    if not body.game_guide_version.strip():
        raise BadRequest("game_guide_version is required")
    bot = services().queries.bot(path.bot_id)
    services().onboarding.tell(bot, body.lesson())
    services().onboarding.wait(bot.game_id, [bot.player_id])
    bot = services().queries.bot(path.bot_id)
    return TaughtView(bot_id=path.bot_id, status=bot.status, game_guide_version=bot.game_guide_version).model_dump(
        mode="json"
    )


@blueprint.post("/<bot_id>/update", responses={200: AcceptedView, **CHANGING})
def update_bot(path: BotPath, body: UpdateBot) -> dict[str, object]:
    """Check the event and accept it. It has no other effect: bots get their events from Kafka, through the bridge."""
    bot = services().queries.bot(path.bot_id)
    if bot.status == BindingStatus.CREATED:
        raise Conflict(f"bot {path.bot_id} is not active; teach-game not started")
    if body.step.game_id != bot.game_id:
        raise Conflict(f"step.game_id: bot {path.bot_id} plays another game")
    return AcceptedView(bot_id=path.bot_id).model_dump(mode="json")


@blueprint.delete("/<bot_id>", responses={200: DeletedView, **CHANGING})
def delete_bot(path: BotPath) -> dict[str, object]:
    """Take a bot off its seat, which is free then. The bot may be unknown, and the request repeated."""
    with suppress(NotFound):
        services().assigner.take_off(services().queries.bot(path.bot_id))
    return DeletedView(bot_id=path.bot_id).model_dump(mode="json")


# -- for operators ----------------------------------------------------------------------------------------------------


@blueprint.get("", responses={200: BotsView, **READING})
def show_bots(query: BotsQuery) -> dict[str, object]:
    """The bots on seats, by game and seat."""
    bots = services().queries.bots(query.game_id, query.wants)
    return BotsView(bots=tuple(map(BotView.of, bots[: query.limit])), total=len(bots)).model_dump(mode="json")


@blueprint.post("/<bot_id>/pause", responses={200: BotView, **CHANGING})
def pause_bot(path: BotPath) -> dict[str, object]:
    """Pause a bot. Its turns run out."""
    bot = services().queries.bot(path.bot_id)
    services().pauser.pause([(bot.game_id, bot.player_id)], Pause.BOT)
    return _view(path)


@blueprint.post("/<bot_id>/resume", responses={200: BotView, **CHANGING})
def resume_bot(path: BotPath) -> dict[str, object]:
    """Undo a pause of this bot; one of its game or its instance stays."""
    bot = services().queries.bot(path.bot_id)
    services().pauser.resume([(bot.game_id, bot.player_id)], Pause.BOT)
    return _view(path)


@blueprint.post("/<bot_id>/move", responses={200: BotView, **CHANGING})
def move_bot(path: BotPath, body: MoveBot) -> dict[str, object]:
    """Move a bot to another instance. It is taught anew there; meanwhile it publishes nothing."""
    services().mover.move(services().queries.bot(path.bot_id), body.instance)
    return _view(path)


def _view(path: BotPath) -> dict[str, object]:
    return BotView.of(services().queries.bot(path.bot_id)).model_dump(mode="json")
