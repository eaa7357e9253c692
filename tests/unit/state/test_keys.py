"""The table of keys in `keys.py` is complete and true: it names every key that can be built, and no other."""

import inspect
import re

from cowboy.state import keys
from cowboy.state.keys import Keys

ROW = re.compile(r"^    ([a-z_:]+(?:<[a-z]+>:?)*)\s{2,}(set|string|hash|list|zset|stream|channel)\s", re.MULTILINE)
PREFIX = "mine:"


def in_the_table() -> set[str]:
    return {name for name, _type in ROW.findall(keys.__doc__ or "")}


def built() -> set[str]:
    """What every builder makes, its arguments written as the table writes them."""
    mine = Keys(PREFIX)
    names = set()
    for name, member in vars(Keys).items():
        if isinstance(member, property):
            names.add(getattr(mine, name))
        elif inspect.isfunction(member) and not name.startswith("_"):
            names.add(member(mine, *map(as_written, list(inspect.signature(member).parameters)[1:])))
    return {name.removeprefix(PREFIX) for name in names - {mine.celery_prefix}}


def as_written(parameter: str) -> str:
    """`game_id` stands as `<game>` in the table."""
    return f"<{parameter.partition('_')[0]}>"


def test_the_table_names_every_key_and_every_named_key_can_be_built() -> None:
    assert len(in_the_table()) > 15
    assert in_the_table() == built()


def test_every_key_stands_behind_the_prefix() -> None:
    assert Keys("a:").claim("g") == "a:claim:g"
    assert Keys("").games == "games"
    assert Keys("a:").celery_prefix.startswith("a:")
