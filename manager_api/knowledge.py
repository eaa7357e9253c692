"""Routes of what characters know: each thing with its source, and forgetting an opponent."""

from flask_openapi3 import APIBlueprint, Tag

from manager_api.extensions import characters, knowledge
from manager_api.failures import CHANGING, READING
from manager_api.schemas.knowledge import CharacterPath, ForgetOpponent, Forgotten, KnowledgeQuery, KnowledgeView

blueprint = APIBlueprint(
    "knowledge",
    __name__,
    url_prefix="/internal/v3/characters",
    abp_tags=[Tag(name="knowledge", description="What characters know, and from where.")],
)


@blueprint.get("/<name>/knowledge", responses={200: KnowledgeView, **READING})
def show_knowledge(path: CharacterPath, query: KnowledgeQuery) -> dict[str, object]:
    """All that a character knows: each fact with the game, the turn and the witness, and its own opinions apart."""
    name = characters().get(path.name).name
    scopes = knowledge()
    view = KnowledgeView.of(name, scopes.scope_of(name), scopes.of(name), scopes.opinions(name), query)
    return view.model_dump(mode="json")


@blueprint.post("/forget", responses={200: Forgotten, **CHANGING})
def forget_opponent(body: ForgetOpponent) -> dict[str, object]:
    """Have all characters, dead ones too, forget an opponent's habits. Fine when repeated.

    A game that runs teaches them anew. What was folded stays, as nobody's.
    """
    return Forgotten(opponent=body.opponent, scopes=knowledge().forget(body.opponent)).model_dump(mode="json")
