"""The map of games that bring none (docs/wire.md#default-map): from a file, or fixed by the first call for it."""

from random import Random

from cowboy.game.board import MAX_PLAYERS, Grid
from cowboy.game.maps import default_grid, generate_grid, map_problem
from cowboy.game.wire.objects import Map
from cowboy.settings import Settings
from cowboy.settings.yaml_file import YamlFile
from cowboy.state.client import Redis, state_errors
from cowboy.state.keys import Keys


class DefaultMap:
    """Raises `BadSetting` at once when DEFAULT_MAP_CONFIG_PATH names a file that is no map.

    The existing backend warns and goes on with another map; a typing error there is noticed much later.
    """

    def __init__(self, settings: Settings, redis: Redis, random: Random) -> None:
        self._key = Keys(settings.key_prefix).arena_default_map
        self._redis = redis
        self._random = random
        file = YamlFile.named_by(settings, "default_map_path")
        self._from_file = None if file is None else _read(file)

    def show(self) -> Map:
        """The answer of `GET /v2/maps/default`. If this is the first call for the map, the built-in one is it."""
        return self._from_file or self._fixed(default_grid())

    def for_game(self, player_count: int) -> Map:
        """The map for a new game. If this is the first call for the map, a generated one is it, for all later games."""
        return self._from_file or self._fixed(generate_grid(self._random, player_count))

    def _fixed(self, first: Grid) -> Map:
        with state_errors("reading the default map"):
            self._redis.set(self._key, Map.from_grid(first).to_json(), nx=True)
            stored: str = self._redis.get(self._key)  # type: ignore[assignment]
        return Map.model_validate_json(stored)


def _read(file: YamlFile) -> Map:
    found = file.load(Map)
    if problem := map_problem(found.rows, found.cols, [list(row) for row in found.cells], MAX_PLAYERS):
        raise file.refusal(problem)
    return found
