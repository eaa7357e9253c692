"""Instances: which Celery workers host bots, which of them live, and which bot has its place on which."""

from collections import Counter
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys
from cowboy.state.presence import Presence

_QUEUE_PREFIX = "bots."


class Instance(BaseModel):
    """One Celery worker that hosts bots. Its queue is `bots.<name>`.

    `life` is another one each time the worker starts: what it was taught in an earlier life it has forgotten.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    capacity: int
    pool: str
    concurrency: int
    pid: int
    life: str = ""


class Closure(StrEnum):
    """Why an instance takes no more bots."""

    DRAINING = "draining"
    """It gives its bots away, by an operator's wish or because it is about to stop."""
    PAUSED = "paused"
    """It keeps its bots, which do nothing."""


def queue_of(instance: str) -> str:
    """The Celery queue on which an instance gets its turns."""
    return _QUEUE_PREFIX + instance


def instance_of(queue: str) -> str | None:
    """The instance that consumes a queue, or None if the queue is not one for bots."""
    return queue.removeprefix(_QUEUE_PREFIX) or None if queue.startswith(_QUEUE_PREFIX) else None


class Instances:
    """All instances that said they live. One that is silent for `dead_after_seconds` does not count."""

    def __init__(self, client: Redis, keys: Keys, dead_after_seconds: float) -> None:
        self._redis = client
        self._keys = keys
        self._dead_after_seconds = dead_after_seconds
        self._beats = Presence(client, keys.instance_beats, dead_after_seconds, about=keys.instances)
        self._place = script(client, "place")
        self._put = script(client, "put")

    def beat(self, instance: Instance) -> None:
        """Register, and say that it lives."""
        self._beats.beat(instance.name, instance.model_dump_json())

    def leave(self, name: str) -> None:
        """Deregister. Safe when repeated."""
        self._beats.leave(name)

    def live(self) -> list[Instance]:
        """Those heard of lately, by name."""
        names = self._beats.live()
        with state_errors("reading instances"):
            stored = self._redis.hmget(self._keys.instances, names) if names else []
        return [Instance.model_validate_json(item) for item in stored if item is not None]

    def taking_bots(self) -> set[str]:
        """Names of those that are live and open."""
        return {instance.name for instance in self.live()} - self.closed().keys()

    def known(self) -> list[Instance]:
        """Those that registered and did not leave, dead ones too, by name."""
        with state_errors("reading instances"):
            stored: list[str] = self._redis.hvals(self._keys.instances)  # type: ignore[assignment]
        return sorted(map(Instance.model_validate_json, stored), key=lambda instance: instance.name)

    def silent_for(self, seconds: float) -> set[str]:
        """Names of those that were silent for at least so long, and did not leave."""
        return self._beats.silent_for(seconds)

    # -- places -------------------------------------------------------------------------------------------------------

    def place(self, game_id: str, player_id: str, *, on: str = "") -> str | None:
        """Give a bot a place, or confirm the one it has; the instance's name, or None where there is none to be had.

        `on` names the instance it shall be on. Otherwise the least-loaded live and open instance below its capacity is
        taken, above it still the least loaded (spec/bot-services.md §5).
        """
        return self._take_place(game_id, player_id, on, "", "new")

    def move(self, game_id: str, player_id: str, *, on: str = "", off: str = "") -> str | None:
        """As `place`, for a bot that has a place: one that was taken off its seat meanwhile gets none.

        `off` names an instance that it must leave.
        """
        return self._take_place(game_id, player_id, on, off, "held")

    def _take_place(self, game_id: str, player_id: str, on: str, off: str, which: str) -> str | None:
        keys = self._keys
        with state_errors(f"placing player {player_id}"):
            name = self._place(
                keys=[keys.seats, keys.instances, keys.instance_beats, keys.closed_instances],
                args=[f"{game_id} {player_id}", self._dead_after_seconds, on, off, which],
            )
        return str(name) or None

    def put(self, game_id: str, player_id: str, name: str) -> bool:
        """Say that a bot has its place on that instance, whatever is known of it; false if it has none any more."""
        with state_errors(f"placing player {player_id}"):
            return bool(self._put(keys=[self._keys.seats], args=[f"{game_id} {player_id}", name]))

    def release(self, game_id: str, player_id: str) -> None:
        """Give a place back. Safe when repeated."""
        with state_errors(f"releasing the place of player {player_id}"):
            self._redis.hdel(self._keys.seats, f"{game_id} {player_id}")

    def loads(self) -> dict[str, int]:
        """How many bots have their place on each instance; dead ones count too."""
        return Counter(self._places().values())

    def hosted(self, name: str) -> list[tuple[str, str]]:
        """(game, player) of the bots that have their place there."""
        return sorted(seat for seat, instance in self._places().items() if instance == name)

    def _places(self) -> dict[tuple[str, str], str]:
        with state_errors("reading places"):
            stored: dict[str, str] = self._redis.hgetall(self._keys.seats)  # type: ignore[assignment]
        return {(game_id, player_id): name for seat, name in stored.items() for game_id, player_id in [seat.split(" ")]}

    # -- doors --------------------------------------------------------------------------------------------------------

    def close(self, name: str, closure: Closure) -> None:
        """It takes no more bots."""
        with state_errors(f"closing instance {name}"):
            self._redis.hset(self._keys.closed_instances, name, closure)

    def open(self, name: str) -> None:
        """It takes bots again. Safe when repeated."""
        with state_errors(f"opening instance {name}"):
            self._redis.hdel(self._keys.closed_instances, name)

    def closed(self) -> dict[str, Closure]:
        """Those that take no more bots, and why."""
        with state_errors("reading closed instances"):
            stored: dict[str, str] = self._redis.hgetall(self._keys.closed_instances)  # type: ignore[assignment]
        return {name: Closure(why) for name, why in stored.items()}
