"""The health route."""

from flask_openapi3 import APIBlueprint, Tag

from manager_api.schemas import ErrorView, HealthView

blueprint = APIBlueprint(
    "health",
    __name__,
    abp_tags=[Tag(name="health", description="Is the process there?")],
    # The library lists a 422 for every route, in a form of its own where none is given.
    abp_responses={422: ErrorView},
)


@blueprint.get("/health", responses={200: HealthView})
def health() -> dict[str, object]:
    """Answers as long as the process does. No token needed."""
    return HealthView().model_dump()
