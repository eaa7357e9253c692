"""Instances: which Celery workers host bots, and which of them live."""

import time

from pydantic import BaseModel, ConfigDict

from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys

_QUEUE_PREFIX = "bots."


class Instance(BaseModel):
    """One Celery worker that hosts bots. Its queue is `bots.<name>`."""

    model_config = ConfigDict(frozen=True)

    name: str
    capacity: int
    pool: str
    concurrency: int
    pid: int


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

    def beat(self, instance: Instance) -> None:
        """Register, and say that it lives."""
        with state_errors(f"heartbeat of instance {instance.name}"), self._redis.pipeline() as pipeline:
            pipeline.hset(self._keys.instances, instance.name, instance.model_dump_json())
            pipeline.zadd(self._keys.instance_beats, {instance.name: time.time()})
            pipeline.execute()

    def leave(self, name: str) -> None:
        """Deregister. Safe when repeated."""
        with state_errors(f"deregistering instance {name}"), self._redis.pipeline() as pipeline:
            pipeline.hdel(self._keys.instances, name)
            pipeline.zrem(self._keys.instance_beats, name)
            pipeline.execute()

    def live(self) -> list[Instance]:
        """Those heard of lately, by name."""
        since = time.time() - self._dead_after_seconds
        with state_errors("reading instances"):
            names = sorted(str(name) for name in self._redis.zrangebyscore(self._keys.instance_beats, since, "+inf"))
            stored = self._redis.hmget(self._keys.instances, names) if names else []
        return [Instance.model_validate_json(item) for item in stored if item is not None]
