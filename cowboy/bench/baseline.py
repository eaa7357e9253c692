"""The common part of the baselines: the topics that they read and write, and the command that answers every event."""

from datetime import UTC, datetime
from uuid import UUID

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.topics import TopicNames
from cowboy.game.identity import command_id
from cowboy.game.wire.messages import Command
from cowboy.game.words import CommandSource, CommandType, Direction
from cowboy.settings import Settings

POLL_MS = 100
_NOBODY = str(UUID(int=0))

COMMAND_BYTES = Command(
    command_id=command_id(_NOBODY, _NOBODY, 1),
    source=CommandSource.BOT,
    game_id=_NOBODY,
    player_id=_NOBODY,
    command_type=CommandType.SHIELD,
    direction=Direction.DOWN,
    turn_no=10,
    sent_at=datetime(2026, 1, 1, microsecond=123_456, tzinfo=UTC),
).to_json()
"""A command as long as a real one; its reader looks only at topic and key."""


def key_of(offset: int) -> str:
    """The key of the answer to the event at that offset: as long as a command's id, and as different from others."""
    return f"{offset:036}"


def topic_pairs(settings: Settings) -> dict[str, str]:
    """Output topic → input topic, of every game whose output topic exists. Raises `BusError`."""
    topics = TopicNames.of(settings)
    with TopicAdmin(settings) as admin:
        return {topic: topics.input_of(game_id) for topic in admin.list() if (game_id := topics.game_of_output(topic))}
