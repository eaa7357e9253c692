"""Command ids that can be derived again (docs/architecture.md#one-command-per-turn)."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("5f0e4f0a-6d0b-5b1e-9a77-c0b0ca11ab1e")


def command_id(game_id: str, player_id: str, turn_no: int, attempt: int = 0) -> str:
    """The id of a bot's command for one turn: the same turn and attempt always have the same id.

    A second publish is thus recognised downstream as a duplicate. A backend burns an id at its first processing,
    whatever the outcome (docs/wire.md#command), so a genuine second try needs the next `attempt`.
    """
    return str(uuid5(_NAMESPACE, f"{game_id}\n{player_id}\n{turn_no}\n{attempt}"))
