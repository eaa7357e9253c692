"""The prompts that an operator gives the models, instead of the built-in ones (docs/brains.md#how-a-turn-is-asked).

The file is BOT_AGENT_PROMPTS_CONFIG_PATH's. A `$` in it is a `$`: prompts are sent to others, so no environment
variable gets into them.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AliasChoices, Field

from cowboy.settings import Settings
from cowboy.settings.yaml_file import Section, YamlFile

PLACEHOLDERS = ("bot_id", "player_name", "player_id", "turn_no", "round_no", "force_speak", "game_json", "rules")
"""What `{…}` may stand for in a user prompt. `rules` are those that the bot was taught, in prose."""

_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")

Text = Annotated[str, Field(max_length=20_000)]


class Prompts(Section):
    """What a model is told. The custom parts follow the others after an empty line."""

    system_prompt: Text
    user_prompt: Text = Field(validation_alias=AliasChoices("user_prompt", "user_prompt_template"))
    custom_system_prompt: Text = ""
    custom_user_prompt: Text = ""

    @property
    def system(self) -> str:
        """The whole system prompt, the same for every turn."""
        return _joined(self.system_prompt, self.custom_system_prompt)

    @property
    def wants_rules(self) -> bool:
        """Whether the user prompt has a place for the rules that a bot was taught."""
        return "{rules}" in _joined(self.user_prompt, self.custom_user_prompt)

    def render_user(self, values: Mapping[str, object]) -> str:
        """The whole user prompt of a turn. Braces that are no placeholder stay.

        `values` holds a value for every placeholder. They are filled in at once, so that a value (the game has what
        other players said in it) is never itself searched for placeholders.
        """
        template = _joined(self.user_prompt, self.custom_user_prompt)
        return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)


def load_prompts(settings: Settings) -> Prompts | None:
    """The prompts of the file that is set; None means the built-in ones. Raises `BadSetting`."""
    file = YamlFile.named_by(settings, "prompts_config_path")
    return None if file is None else file.load(Prompts)


def _joined(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))
