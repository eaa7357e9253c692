"""Outgoing commands: the only way from a bot's command to bytes for an input topic.

It refuses every command that a bot must not send, whether a brain, a bug or a damaged decision in Redis made it.
"""

from cowboy.errors import Unsendable
from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.wire.messages import Command
from cowboy.game.words import DIRECTED, RESERVED, SPOKEN, CommandSource
from cowboy.state.turns import TurnRef


def sealed(command: Command, turn: TurnRef) -> bytes:
    """The command as it is sent in this turn. Raises `Unsendable`."""
    if (fault := fault_of(command, turn)) is not None:
        raise Unsendable(f"a command for turn {turn.turn_no} of game {turn.game_id} is not sent: {fault}")
    return command.to_json()


def fault_of(command: Command, turn: TurnRef) -> str | None:
    """Why no bot may send this command in this turn, or None. Whether it is legal on the board is not looked at."""
    if command.command_type in RESERVED:
        return f"{command.command_type} is for the system to send"
    if command.source != CommandSource.BOT:
        return f"it comes from {command.source}"
    if not command.command_id.strip():
        return "it has no command_id"
    if (command.game_id, command.player_id, command.turn_no) != turn or not command.player_id or not command.turn_no:
        return "it is for another game, player or turn, or for none"
    if command.command_type in DIRECTED and command.direction is None:
        return f"{command.command_type} has no direction"
    if command.command_type in SPOKEN and not (command.speak_text or "").strip():
        return f"{command.command_type} has no text"
    if len(command.speak_text or "") > SPEECH_LIMIT:
        return f"its text has more than {SPEECH_LIMIT} characters"
    return None
