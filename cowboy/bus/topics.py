"""Names of the topics (docs/wire.md#topics). No topic name is put together anywhere else."""

from typing import NamedTuple

from cowboy.settings import Settings

_VERSION = "v1"


class TopicNames(NamedTuple):
    """Which topics belong to a game, and which game a topic belongs to."""

    input_prefix: str
    output_prefix: str
    talk_prefix: str = "game.talk"

    @classmethod
    def of(cls, settings: Settings) -> "TopicNames":
        return cls(settings.input_topic_prefix, settings.output_topic_prefix, settings.talk_topic_prefix)

    def input_of(self, game_id: str) -> str:
        """Commands of the game."""
        return f"{self.input_prefix}.{game_id}.{_VERSION}"

    def output_of(self, game_id: str) -> str:
        """Step events of the game."""
        return f"{self.output_prefix}.{game_id}.{_VERSION}"

    def talk_of(self, game_id: str) -> str:
        """What is said in the game."""
        return f"{self.talk_prefix}.{game_id}.{_VERSION}"

    def examples(self) -> tuple[str, str]:
        """Topics of a game that never exists."""
        return self.input_of("doctor"), self.output_of("doctor")

    def game_of_output(self, topic: str) -> str | None:
        """The game whose step events a topic carries, or None if it is another kind of topic."""
        return _between(topic, f"{self.output_prefix}.", f".{_VERSION}")

    def game_of_input(self, topic: str) -> str | None:
        """The game whose commands a topic carries, or None if it is another kind of topic."""
        return _between(topic, f"{self.input_prefix}.", f".{_VERSION}")

    def game_of_talk(self, topic: str) -> str | None:
        """The game whose talk a topic carries, or None if it is another kind of topic."""
        return _between(topic, f"{self.talk_prefix}.", f".{_VERSION}")


def _between(topic: str, prefix: str, suffix: str) -> str | None:
    if not (topic.startswith(prefix) and topic.endswith(suffix)):
        return None
    middle = topic[len(prefix) : -len(suffix)]
    return middle if middle and "." not in middle else None
