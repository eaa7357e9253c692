"""Leases: which bridge reads which game.

A lease holds as long as its bridge beats. A bridge that has been silent for longer may have lost its games to another:
everything that it stores names the lease, and is refused then.
"""

from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys


class Leases:
    """The leases of all games. A bridge that is silent for `lease_seconds` loses its leases to the others."""

    def __init__(self, client: Redis, keys: Keys, lease_seconds: float) -> None:
        self._redis = client
        self._keys = keys
        self._lease_seconds = lease_seconds
        self._share_games = script(client, "share_games")
        self._told: dict[str, tuple[str, dict[str, str]]] = {}

    def share(self, bridge: str) -> dict[str, str]:
        """Record a heartbeat of the bridge, and share the games. Returns the bridge's games with their leases, in one
        call.

        The bridge has lost every game that is not in the answer. It must store what it has read of its games before the
        call.
        """
        keys = self._keys
        before, told = self._told.get(bridge, ("", {}))
        with state_errors(f"sharing the games with {bridge}"):
            state, *answer = self._share_games(
                keys=[keys.bridges, keys.games, keys.leases, keys.lease_count],
                args=[bridge, self._lease_seconds, before],
            )
        if state != before:
            told = dict(zip(answer[::2], answer[1::2], strict=True))
            self._told[bridge] = state, told
        return told

    def doubt(self) -> None:
        """Share the games anew at the next call, even if nothing seems to have changed:

        Redis may have lost its last second.
        """
        self._told.clear()

    def readers(self) -> dict[str, str]:
        """Game → bridge that reads it, or did until it died."""
        with state_errors("reading who reads which game"):
            leases: dict[str, str] = self._redis.hgetall(self._keys.leases)  # type: ignore[assignment]
        return {game_id: lease.partition(" ")[2] for game_id, lease in leases.items()}
