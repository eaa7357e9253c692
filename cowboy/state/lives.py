"""Lives: which life of each instance its bots were taught for."""

from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys


class Lives:
    """The lives (`Instance.life`) that the bots of each instance were taught for."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys

    def known(self, instance: str) -> str | None:
        with state_errors(f"reading the life of instance {instance}"):
            life = self._redis.hget(self._keys.instance_lives, instance)
        return life if isinstance(life, str) else None

    def note(self, instance: str, life: str) -> None:
        """The bots of this life are taught."""
        with state_errors(f"noting the life of instance {instance}"):
            self._redis.hset(self._keys.instance_lives, instance, life)
