"""Processes: what each process reports with its heartbeat, for readiness and the doctor."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from cowboy.process.descriptors import FEW
from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys
from cowboy.state.presence import Presence

SKEW_MATTERS_SECONDS = 2.0
"""Clocks that NTP keeps differ by some ms. Turns take seconds, so a larger error matters."""


class ProcessSheet(BaseModel):
    """A process. `skew_seconds` is by how much its machine's clock is ahead of Redis's, negative if it is behind.

    If it cannot send to Kafka, `mute_since` is when it last did, and `mute_why` says why. `deaf_since` and `deaf_why`
    are the same for reading. `address` is where it listens for people, if it does: `host:port` as bound. It holds
    `descriptors` file descriptors, and may hold `descriptor_limit` (0 if unknown).
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    name: str
    host: str
    pid: int
    skew_seconds: float = 0.0
    mute_since: datetime | None = None
    mute_why: str = ""
    deaf_since: datetime | None = None
    deaf_why: str = ""
    address: str = ""
    descriptor_limit: int = 0
    descriptors: int = 0

    @property
    def is_skewed(self) -> bool:
        """Whether its clock is so wrong that an operator should correct it."""
        return abs(self.skew_seconds) > SKEW_MATTERS_SECONDS

    @property
    def is_short_of_descriptors(self) -> bool:
        """Whether it may hold so few that it soon refuses connections, or holds almost all that it may."""
        return 0 < self.descriptor_limit < FEW or self.descriptors > self.descriptor_limit * 0.9 > 0

    def __str__(self) -> str:
        return f"{self.kind} (process {self.pid} on {self.host})"


class Processes:
    """All processes. One that is silent for `dead_after_seconds` does not count."""

    def __init__(self, client: Redis, keys: Keys, dead_after_seconds: float) -> None:
        self._redis = client
        self._keys = keys
        self._presence = Presence(client, keys.process_beats, dead_after_seconds, about=keys.processes)
        self._dead_after_seconds = dead_after_seconds

    def beat(self, sheet: ProcessSheet) -> None:
        """Record a heartbeat and the report of a process. Processes that have died are forgotten."""
        self._presence.beat(sheet.name, sheet.model_dump_json())
        for name in self._presence.silent_for(self._dead_after_seconds):
            self._presence.leave(name)

    def leave(self, name: str) -> None:
        """Deregister. Safe when repeated."""
        self._presence.leave(name)

    def live(self) -> list[ProcessSheet]:
        """Those heard of lately, by name."""
        names = self._presence.live()
        with state_errors("reading processes"):
            stored = self._redis.hmget(self._keys.processes, names) if names else []
        return [ProcessSheet.model_validate_json(item) for item in stored if item is not None]


def told_skew(sheets: list[ProcessSheet]) -> str:
    """In a line for people, whose clocks are wrong and by how much."""
    return "; ".join(
        f"{sheet} is {abs(sheet.skew_seconds):.1f} s {'ahead of' if sheet.skew_seconds > 0 else 'behind'} Redis"
        for sheet in sheets
    )


def told_mute(sheets: list[ProcessSheet]) -> str:
    """In a line for people, who cannot send, since when and why."""
    return "; ".join(
        f"{sheet} since {sheet.mute_since:%H:%M:%S} UTC, {sheet.mute_why}" for sheet in sheets if sheet.mute_since
    )


def told_deaf(sheets: list[ProcessSheet]) -> str:
    """In a line for people, who cannot read, since when and why."""
    return "; ".join(
        f"{sheet} since {sheet.deaf_since:%H:%M:%S} UTC, {sheet.deaf_why}" for sheet in sheets if sheet.deaf_since
    )
