"""Asks the bot manager to put bots on the seats of a new game."""

from collections.abc import Mapping
from typing import Any

from cowboy.clients.bot_manager import BotManager
from cowboy.errors import BotManagerError
from cowboy.game.wire.http import CreateGame
from cowboy.game.words import PlayerName


def assign_bots(manager: BotManager, game_id: str, seats: Mapping[PlayerName, str], wanted: CreateGame) -> None:
    """Have the seats assigned that `wanted` says; `seats` are the game's, with their player ids.

    Raises `BotManagerError` when a seat is named that the game does not have, or the bot manager cannot be reached or
    refuses.
    """
    path, body = _request(seats, wanted)
    manager.post("games", game_id, *path, body=body)


def _request(seats: Mapping[PlayerName, str], wanted: CreateGame) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Path and body of the call: no list of seats means the default assignment, A a person and the others bots."""
    extras: dict[str, Any] = {
        name: value
        for name in ("brains", "seed", "max_turns", "characters")
        if (value := getattr(wanted, name)) is not None
    }
    if wanted.bot_players is None:
        return ("assignments", "default"), {"apply_immediately": True, "force_recreate": True, **extras}
    bots = tuple(dict.fromkeys(wanted.bot_players))
    for name in bots:
        if name not in seats:
            raise BotManagerError(f"bot_players: there is no seat {name} in a game of {len(seats)}")
    plan = {
        "human_player_ids": [player_id for name, player_id in seats.items() if name not in bots],
        "bot_player_ids": [seats[name] for name in bots],
        "force_recreate": True,
    }
    return ("assignments",), plan | extras
