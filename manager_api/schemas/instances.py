"""Bodies of worker instances."""

from cowboy.bots.queries import InstanceSheet
from cowboy.state.instances import Cordon
from manager_api.schemas.base import Body


class InstanceView(Body):
    """A worker instance. What it says of itself is null for one that left and holds bots still.

    `bots` have their place there, `waiting` is the length of its queue, `closure` says why it takes no more bots.
    """

    name: str
    capacity: int | None
    bots: int
    waiting: int
    live: bool
    closure: Cordon | None
    pool: str | None
    concurrency: int | None
    pid: int | None

    @classmethod
    def of(cls, sheet: InstanceSheet) -> "InstanceView":
        about = sheet.about
        return cls(
            name=sheet.name,
            capacity=about and about.capacity,
            bots=sheet.bots,
            waiting=sheet.waiting,
            live=sheet.live,
            closure=sheet.closure,
            pool=about and about.pool,
            concurrency=about and about.concurrency,
            pid=about and about.pid,
        )


class InstancesView(Body):
    """All instances that are known, hold bots or are closed, by name; dead ones too."""

    instances: tuple[InstanceView, ...]
