"""Bodies of the health routes."""

from datetime import datetime

from manager_api.schemas.base import Body


class HealthView(Body):
    ok: bool = True
    service: str = "bot-manager-service"


class CheckView(Body):
    """One part; `why` it is not as it should be, and `since` when a probe saw that."""

    ok: bool
    why: str | None
    since: datetime | None


class ReadinessView(Body):
    """`ready` is whether bots can be assigned and decide at all, `degraded` whether anything is not as it should be."""

    ready: bool
    degraded: bool
    checks: dict[str, CheckView]
