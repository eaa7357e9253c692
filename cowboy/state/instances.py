"""Instances: which Celery workers host bots, which of them live, and which bot has its place on which.

An instance is a name, and a worker that runs under it is one incarnation of it. Two incarnations may overlap, in a
rolling update or by mistake; `scripts/note_incarnation.lua` says which of them has the name. Each incarnation is about
to stop, and stops, by itself; an operator's pause or drain is of the name, and outlasts its incarnations.
"""

from collections import Counter
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys
from cowboy.state.presence import Presence

_QUEUE_PREFIX = "bots."


class Instance(BaseModel):
    """One Celery worker that hosts bots. Its queue is `bots.<name>`.

    `incarnation` is another one each time the worker starts; it began at `began_ms` by Redis's clock. `leaving` says
    that it is about to stop, and its bots are to go elsewhere; `mute`, that it cannot send to Kafka. `host` and `pid`
    tell people which process it is.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    capacity: int
    pool: str
    concurrency: int
    pid: int
    host: str = ""
    incarnation: str = ""
    began_ms: int = 0
    leaving: bool = False
    mute: bool = False


def told_apart(doubles: dict[str, list[Instance]]) -> str:
    """In a line for people, which workers have one name (`Instances.doubles`)."""
    return "; ".join(
        f"{name} is " + " and ".join(f"process {one.pid} on {one.host}" for one in incarnations)
        for name, incarnations in doubles.items()
    )


class Cordon(StrEnum):
    """Why an instance takes no more bots."""

    DRAINING = "draining"
    """Its bots move elsewhere, because an operator wants it or because it is about to stop."""
    PAUSED = "paused"
    """It keeps its bots, and they do not act."""


def queue_of(instance: str) -> str:
    """The Celery queue on which an instance gets its turns."""
    return _QUEUE_PREFIX + instance


def instance_of(queue: str) -> str | None:
    """The instance that consumes a queue, or None if the queue is not one for bots."""
    return queue.removeprefix(_QUEUE_PREFIX) or None if queue.startswith(_QUEUE_PREFIX) else None


class Instances:
    """All instances that have sent heartbeats. One that is silent for `dead_after_seconds` counts as dead."""

    def __init__(self, client: Redis, keys: Keys, dead_after_seconds: float) -> None:
        self._redis = client
        self._keys = keys
        self._dead_after_seconds = dead_after_seconds
        self._beats = Presence(client, keys.instance_beats, dead_after_seconds)
        self._note_incarnation = script(client, "note_incarnation")
        self._remove_instance = script(client, "remove_instance")
        self._place_bot = script(client, "place_bot")
        self._correct_place = script(client, "correct_place")

    def beat(self, instance: Instance) -> list[Instance]:
        """Record a heartbeat of one incarnation. Returns all that live and stay, the one with the name first.

        More than one incarnation means that several workers were given one name.
        """
        with state_errors(f"heartbeat of instance {instance.name}"):
            return self._say(instance.name, instance.incarnation, instance.model_dump_json())

    def leave(self, name: str, incarnation: str = "") -> None:
        """Deregister one incarnation of an instance; another one that lives gets the name. Safe when repeated."""
        with state_errors(f"deregistering instance {name}"):
            self._say(name, incarnation, "")

    def _say(self, name: str, incarnation: str, about: str) -> list[Instance]:
        keys = self._keys
        incarnations = self._note_incarnation(
            keys=[keys.instance_beats, keys.instances, keys.incarnations(name), keys.closed_instances],
            args=[name, incarnation, about, self._dead_after_seconds],
        )
        return [Instance.model_validate_json(item) for item in incarnations]

    def incarnations(self, name: str) -> list[Instance]:
        """All incarnations of an instance that live, those that are about to stop among them; the latest first."""
        with state_errors(f"reading the incarnations of instance {name}"):
            stored: list[str] = self._redis.hvals(self._keys.incarnations(name))  # type: ignore[assignment]
            since = self._beats.now() - self._dead_after_seconds
        heard = [text.partition(" ") for text in stored]
        incarnations = [Instance.model_validate_json(about) for beat, _, about in heard if float(beat) >= since]
        return sorted(incarnations, key=lambda one: (one.leaving, -one.began_ms))

    def doubles(self) -> dict[str, list[Instance]]:
        """Instances with several incarnations that stay, the one with the name first: workers of one name."""
        found = {name: [one for one in self.incarnations(name) if not one.leaving] for name in self._beats.live()}
        return {name: incarnations for name, incarnations in found.items() if len(incarnations) > 1}

    def forget(self, name: str, silent_seconds: float) -> bool:
        """Forget an instance, and that it was closed, unless it was heard of within `silent_seconds`."""
        keys = self._keys
        with state_errors(f"forgetting instance {name}"):
            return bool(
                self._remove_instance(
                    keys=[keys.instance_beats, keys.instances, keys.closed_instances, keys.instance_incarnations],
                    args=[name, silent_seconds],
                )
            )

    def live(self) -> list[Instance]:
        """Those heard of lately, by name."""
        names = self._beats.live()
        with state_errors("reading instances"):
            stored = self._redis.hmget(self._keys.instances, names) if names else []
        return [Instance.model_validate_json(item) for item in stored if item is not None]

    def taking_bots(self) -> set[str]:
        """Names of those that are live and open, and can send."""
        return {instance.name for instance in self.live() if not instance.mute} - self.closed().keys()

    def known(self) -> list[Instance]:
        """Those that registered and did not leave, dead ones too, by name."""
        with state_errors("reading instances"):
            stored: list[str] = self._redis.hvals(self._keys.instances)  # type: ignore[assignment]
        return sorted(map(Instance.model_validate_json, stored), key=lambda instance: instance.name)

    def silent_for(self, seconds: float) -> set[str]:
        """Names of those that have been silent for at least so long without having left."""
        return self._beats.silent_for(seconds)

    # -- places -------------------------------------------------------------------------------------------------------

    def place(self, game_id: str, player_id: str, *, on: str = "") -> str | None:
        """Give a bot a place, or confirm the one it has. Returns the instance's name, or None if no instance is open.

        `on` names the instance it shall be on. Otherwise the least-loaded live and open instance below its capacity is
        taken, above it still the least loaded; one that cannot send only if none can.
        """
        return self._take_place(game_id, player_id, on, "", "new")

    def move(self, game_id: str, player_id: str, *, on: str = "", off: str = "") -> str | None:
        """Like `place`, but a bot without a place, because it was taken off its seat meanwhile, gets none.

        `off` names an instance that it must leave.
        """
        return self._take_place(game_id, player_id, on, off, "held")

    def _take_place(self, game_id: str, player_id: str, on: str, off: str, which: str) -> str | None:
        keys = self._keys
        with state_errors(f"placing player {player_id}"):
            name = self._place_bot(
                keys=[keys.seats, keys.instances, keys.instance_beats, keys.closed_instances],
                args=[f"{game_id} {player_id}", self._dead_after_seconds, on, off, which],
            )
        return str(name) or None

    def put(self, game_id: str, player_id: str, name: str) -> bool:
        """Record that a bot has its place on that instance. Returns false if it has no place any more."""
        with state_errors(f"placing player {player_id}"):
            return bool(self._correct_place(keys=[self._keys.seats], args=[f"{game_id} {player_id}", name]))

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

    def close(self, name: str, closure: Cordon) -> None:
        """It takes no more bots until it is opened, whatever incarnations it has meanwhile."""
        with state_errors(f"closing instance {name}"):
            self._redis.hset(self._keys.closed_instances, name, closure)

    def open(self, name: str) -> None:
        """It takes bots again, unless it is about to stop. Safe when repeated."""
        with state_errors(f"opening instance {name}"):
            self._redis.hdel(self._keys.closed_instances, name)

    def closed(self) -> dict[str, Cordon]:
        """Those that take no more bots, and why: an operator wants it, or its present incarnation is about to stop."""
        with state_errors("reading closed instances"):
            stored: dict[str, str] = self._redis.hgetall(self._keys.closed_instances)  # type: ignore[assignment]
        leaving = {instance.name: Cordon.DRAINING for instance in self.known() if instance.leaving}
        return {name: Cordon(why) for name, why in stored.items()} | leaving
