"""Where games without a map get one from (docs/wire.md#default-map)."""

from pathlib import Path
from random import Random

import pytest

from cowboy.arena.default_map import DefaultMap
from cowboy.errors import BadSetting
from cowboy.game.maps import default_grid, generate_grid
from cowboy.game.wire.objects import Map
from cowboy.settings import Settings
from cowboy.state.client import Redis


def test_asking_for_the_map_first_makes_the_built_in_one_the_default(settings: Settings, redis: Redis) -> None:
    default_map = DefaultMap(settings, redis, Random(1))

    assert default_map.show() == Map.from_grid(default_grid())
    assert default_map.for_game(2) == Map.from_grid(default_grid())


def test_creating_a_game_first_makes_a_generated_map_the_default_for_all_and_for_good(
    settings: Settings, redis: Redis
) -> None:
    generated = DefaultMap(settings, redis, Random(1)).for_game(2)

    assert generated == Map.from_grid(generate_grid(Random(1), 2))
    assert DefaultMap(settings, redis, Random(2)).for_game(4) == generated
    assert DefaultMap(settings, redis, Random(2)).show() == generated


def test_a_map_file_goes_before_everything(settings: Settings, redis: Redis, tmp_path: Path) -> None:
    DefaultMap(settings, redis, Random(1)).show()
    file = tmp_path / "map.yaml"
    file.write_text("rows: 3\ncols: 3\ncells:\n- [0, 0, 0]\n- [0, 2, 0]\n- [0, 0, 0]\n")
    default_map = DefaultMap(settings.model_copy(update={"default_map_path": file}), redis, Random(1))

    assert default_map.show().cells == ((0, 0, 0), (0, 2, 0), (0, 0, 0))
    assert default_map.for_game(2) == default_map.show()


BAD_FILES = {
    "missing": None,
    "empty": "",
    "not YAML": "rows: [",
    "not a map": "rows: 3",
    "blocked spawn": "rows: 3\ncols: 3\ncells: [[0, 1, 0], [0, 0, 0], [0, 0, 0]]",
}


@pytest.mark.parametrize("text", BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_is_no_map_refuses_the_start_and_names_the_setting(
    settings: Settings, redis: Redis, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "map.yaml"
    if text is not None:
        file.write_text(text)

    with pytest.raises(BadSetting, match="DEFAULT_MAP_CONFIG_PATH"):
        DefaultMap(settings.model_copy(update={"default_map_path": file}), redis, Random(1))
