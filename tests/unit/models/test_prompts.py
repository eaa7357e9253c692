"""Prompts: joined, filled in once, and read as strictly as every file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from cowboy.errors import BadSetting
from cowboy.models.prompts import PLACEHOLDERS, Prompts, load_prompts
from cowboy.settings import Settings

pytestmark = pytest.mark.usefixtures("plain_environment")

VALUES = {name: f"<{name}>" for name in PLACEHOLDERS}
SAMPLE = Path(__file__).parents[3] / "config/prompts.yaml"

Load = Callable[[str], Prompts | None]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Prompts of a file with the given content."""

    def load_text(text: str) -> Prompts | None:
        file = tmp_path / "prompts.yaml"
        file.write_text(text)
        return load_prompts(Settings(prompts_config_path=file))

    return load_text


def prompts(**more: str) -> Prompts:
    return Prompts.model_validate({"system_prompt": "s", "user_prompt": "u", **more})


def test_without_a_file_there_are_none() -> None:
    assert load_prompts(Settings()) is None


@pytest.mark.parametrize("name", ["user_prompt", "user_prompt_template"])
def test_the_user_prompt_has_two_names(load: Load, name: str) -> None:
    loaded = load(f"system_prompt: s\n{name}: hello {{player_name}}")
    assert loaded is not None
    assert loaded.render_user(VALUES) == "hello <player_name>"


def test_the_custom_parts_follow_after_an_empty_line(load: Load) -> None:
    loaded = load(
        "system_prompt: |\n  be\n  quick\n\nuser_prompt: |\n  play\ncustom_system_prompt: be kind\n"
        "custom_user_prompt: 'as {player_name}'"
    )
    assert loaded is not None
    assert loaded.system == "be\nquick\n\nbe kind"
    assert loaded.render_user(VALUES) == "play\n\nas <player_name>"


@pytest.mark.parametrize("custom", [{}, {"custom_system_prompt": "", "custom_user_prompt": " \n"}])
def test_nothing_follows_where_there_is_no_custom_part(custom: dict[str, str]) -> None:
    assert prompts(**custom).system == "s"
    assert prompts(**custom).render_user(VALUES) == "u"


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_each_placeholder_is_filled_in_wherever_it_stands(name: str) -> None:
    assert prompts(user_prompt=f"{{{name}}}, {{{name}}}").render_user(VALUES) == f"<{name}>, <{name}>"


def test_values_are_written_as_python_writes_them() -> None:
    loaded = prompts(user_prompt="{force_speak} {turn_no}")
    assert loaded.render_user({**VALUES, "force_speak": True, "turn_no": 7}) == "True 7"


def test_a_value_is_not_searched_for_placeholders() -> None:
    loaded = prompts(user_prompt="{game_json} {bot_id}")
    assert loaded.render_user({**VALUES, "game_json": '{"said": "{bot_id}"}'}) == '{"said": "{bot_id}"} <bot_id>'


@pytest.mark.parametrize("text", ["{}", "{hp}", "{ bot_id }", "{{", "}", "{bot_id", "{0}", '{"command_type": "move"}'])
def test_other_braces_stay(text: str) -> None:
    assert prompts(user_prompt=text).render_user(VALUES) == text


def test_the_system_prompt_has_no_placeholders() -> None:
    assert prompts(system_prompt="{bot_id}").system == "{bot_id}"


def test_no_variable_gets_into_a_prompt(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARSHAL_KEY", "secret")
    loaded = load("system_prompt: '${MARSHAL_KEY} ${'\nuser_prompt: ${MARSHAL_KEY}")
    assert loaded is not None
    assert (loaded.system, loaded.render_user(VALUES)) == ("${MARSHAL_KEY} ${", "${MARSHAL_KEY}")


REFUSED = {
    "no system prompt": ("user_prompt: u", ("system_prompt: is missing",)),
    "an empty system prompt": ("system_prompt: '  '\nuser_prompt: u", ("system_prompt: is missing",)),
    "no user prompt": ("system_prompt: s", ("user_prompt: is missing",)),
    "an empty user prompt": ("system_prompt: s\nuser_prompt:", ("user_prompt: is missing",)),
    "a user prompt under both names": (
        "system_prompt: s\nuser_prompt: u\nuser_prompt_template: u",
        ("user_prompt_template:", "not a key"),
    ),
    "an unknown key": ("system_prompt: s\nuser_prompt: u\ncustom_prompt: c", ("custom_prompt:", "spelling")),
    "a list": ("system_prompt: [s]\nuser_prompt: u", ("system_prompt: must be text",)),
    "a long prompt": (f"system_prompt: {'s' * 20_001}\nuser_prompt: u", ("system_prompt:", "at most 20000")),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_by_variable_file_and_place(
    load: Load, tmp_path: Path, text: str, says: tuple[str, ...]
) -> None:
    with pytest.raises(BadSetting) as caught:
        load(text)
    message = str(caught.value)
    assert message.startswith(f"BOT_AGENT_PROMPTS_CONFIG_PATH: {tmp_path}/prompts.yaml: ")
    assert [words for words in says if words not in message] == []


def test_prompts_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        prompts().system_prompt = "other"


def test_the_sample_loads_and_uses_only_what_is_filled_in() -> None:
    loaded = load_prompts(Settings(prompts_config_path=SAMPLE))
    assert loaded is not None
    assert "the bar of a T" in loaded.system
    rendered = loaded.render_user(VALUES)
    assert "<game_json>" in rendered
    assert "{" not in rendered
