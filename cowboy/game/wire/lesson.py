"""What a bot is taught before it acts: the body of `teach_game` (`POST …/teach-game` in docs/rest.md).

Words of commands and directions are texts here, not enums: a later guide may know more of them than we do, and it is
the taught brain that says whether it can play by it. `cowboy.game.guide` writes our own lessons.
"""

from typing import Annotated, Any

from pydantic import Field

from cowboy.game.wire.base import Text, Unsigned, Wire
from cowboy.game.wire.objects import GameState
from cowboy.game.words import GameStatus, PlayerName


class Example(Wire):
    """A command as a bot decides on it."""

    command_type: Text
    direction: Text | None = None
    speak_text: Text | None = None


class ValidationRule(Wire):
    """One way in which a command is illegal."""

    reason: Text
    explanation: Text


class CommandSchema(Wire):
    """What a bot may decide. `json_schema` says the same of a whole decision, in the words of JSON Schema."""

    allowed: tuple[Text, ...]
    direction_required_for: tuple[Text, ...] = ()
    speak_text_required_for: tuple[Text, ...] = ()
    validation_rules: tuple[ValidationRule, ...] = ()
    json_schema: dict[str, Any] | None = None


class Lesson(Wire):
    """The guide, and the seat and game to play by it. Only the version is required; what is null is not taught.

    `state`, `status` and `turn_no` are the game as it stood when the lesson was written. `character_name` and
    `horse_name` say who the bot is.
    """

    game_guide_version: Annotated[str, Field(pattern=r"^\S{1,64}$")]
    rules_markdown: Text | None = None
    command_schema: CommandSchema | None = None
    examples: tuple[Example, ...] | None = None
    turn_model: dict[str, Text] | None = None
    turn_timeout_seconds: Unsigned | None = None
    game_id: Text | None = None
    player_id: Text | None = None
    player_name: PlayerName | None = None
    character_name: Text | None = None
    horse_name: Text | None = None
    status: GameStatus | None = None
    turn_no: Unsigned | None = None
    state: GameState | None = None
