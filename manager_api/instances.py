"""Routes of worker instances, for operators: how they are, pause, resume, drain."""

from flask_openapi3 import APIBlueprint, Tag

from manager_api.extensions import services
from manager_api.failures import CHANGING, READING
from manager_api.schemas.base import InstancePath
from manager_api.schemas.instances import InstancesView, InstanceView

blueprint = APIBlueprint(
    "instances",
    __name__,
    url_prefix="/internal/v3/instances",
    abp_tags=[Tag(name="instances", description="The Celery workers that host bots.")],
)


@blueprint.get("", responses={200: InstancesView, **READING})
def show_instances() -> dict[str, object]:
    """All instances that are known, hold bots or are closed; dead ones too."""
    return InstancesView(instances=tuple(map(InstanceView.of, services().queries.instances()))).model_dump(mode="json")


@blueprint.get("/<name>", responses={200: InstanceView, **READING})
def show_instance(path: InstancePath) -> dict[str, object]:
    """One instance."""
    return _view(path)


@blueprint.post("/<name>/pause", responses={200: InstanceView, **CHANGING})
def pause_instance(path: InstancePath) -> dict[str, object]:
    """Pause all its bots, and give it no more."""
    services().pauser.pause_instance(_known(path))
    return _view(path)


@blueprint.post("/<name>/resume", responses={200: InstanceView, **CHANGING})
def resume_instance(path: InstancePath) -> dict[str, object]:
    """Undo a pause or a draining. Bots that were moved away stay where they are."""
    services().pauser.resume_instance(_known(path))
    return _view(path)


@blueprint.post("/<name>/drain", responses={200: InstanceView, **CHANGING})
def drain_instance(path: InstancePath) -> dict[str, object]:
    """Give it no more bots, and move those it has: at once, or by the keeper as soon as they can."""
    services().mover.drain(_known(path))
    return _view(path)


def _known(path: InstancePath) -> str:
    return services().queries.instance(path.name).name


def _view(path: InstancePath) -> dict[str, object]:
    return InstanceView.of(services().queries.instance(path.name)).model_dump(mode="json")
