"""A step event in one short line of JSON: what bots are told about the past."""

import json

from cowboy.game.wire.messages import StepEvent

SPEECH_LIMIT = 140


def summarise(event: StepEvent) -> str:
    """The player, the action, the turn, and the HP of all afterwards. Speech is cut to 140 characters."""
    command = event.command
    seat = event.state_after.seat_of(command.player_id) if command is not None else None
    summary: dict[str, object] = {
        "turn_no": command.turn_no if command is not None else event.turn_no,
        "event": event.event_type,
        "result": event.result_status,
        "player": event.state_after.players[seat].player_name if seat is not None else None,
        "did": command.command_type if command is not None else None,
        "direction": command.direction if command is not None else None,
        "said": command.speak_text[:SPEECH_LIMIT] if command is not None and command.speak_text else None,
        "hp": {player.player_name: player.hp for player in event.state_after.players},
    }
    return json.dumps({name: value for name, value in summary.items() if value is not None}, separators=(",", ":"))
