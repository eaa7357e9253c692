"""The Lua scripts: named for what they do, with a head that says how they are called, and none that nobody calls."""

import re
from importlib import resources

import pytest

SCRIPTS = {
    path.name.removesuffix(".lua"): path.read_text(encoding="utf-8")
    for path in resources.files("cowboy.state").joinpath("scripts").iterdir()
    if path.name.endswith(".lua")
}
CALLERS = "".join(
    path.read_text(encoding="utf-8") for path in resources.files("cowboy.state").iterdir() if path.name.endswith(".py")
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_named_by_a_verb_and_a_noun(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name)


@pytest.mark.parametrize("name", SCRIPTS)
def test_its_head_tells_keys_arguments_and_answer(name: str) -> None:
    head = SCRIPTS[name].partition("\n\n")[0]
    assert re.findall(r"^-- (KEYS|ARGV|Answer)\b", head, re.MULTILINE) == ["KEYS", "ARGV", "Answer"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_there_is_one_caller_of_it(name: str) -> None:
    assert CALLERS.count(f'script(client, "{name}")') == 1


def test_the_rate_limit_names_its_algorithm() -> None:
    assert "GCRA" in SCRIPTS["admit_request"].splitlines()[0]
