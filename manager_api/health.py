"""The health routes. No token is needed; without it they name neither games nor hosts."""

from flask import current_app
from flask_openapi3 import APIBlueprint, Tag

from manager_api.extensions import readiness
from manager_api.gate import has_token
from manager_api.schemas.base import ErrorView
from manager_api.schemas.health import CheckView, HealthView, ReadinessView

blueprint = APIBlueprint(
    "health",
    __name__,
    abp_tags=[Tag(name="health", description="Is the process there, and can it do its work?")],
    # The library lists a 422 for every route, in a form of its own where none is given.
    abp_responses={422: ErrorView},
)


@blueprint.get("/health", responses={200: HealthView})
def health() -> dict[str, object]:
    """Answers as long as the process does. No token needed."""
    return HealthView().model_dump()


@blueprint.get("/health/live", responses={200: HealthView})
def live() -> dict[str, object]:
    """Answer as long as the process runs, for what restarts it otherwise. No token needed."""
    return HealthView().model_dump()


@blueprint.get("/health/ready", responses={200: ReadinessView, 503: ReadinessView})
def ready() -> tuple[dict[str, object], int]:
    """Whether bots can be assigned and decide; within 3 s. Without the token it leaves out names. No token needed."""
    report = readiness().report()
    named = has_token(current_app.extensions["settings"])
    checks = {
        name: CheckView(ok=check.ok, why=check.why(named=named), since=check.since)
        for name, check in report.checks.items()
    }
    view = ReadinessView(ready=report.ready, degraded=report.degraded, checks=checks)
    return view.model_dump(mode="json"), 200 if report.ready else 503
