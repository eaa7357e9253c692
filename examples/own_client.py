"""A person's seat played by a program that knows nothing of Cowboy but the V2 wire: HTTP and a WebSocket.

With `make demo` running in another terminal:

    .venv/bin/python examples/own_client.py [http://127.0.0.1:8000]

It takes seat A against a bot on seat B and walks or shoots at random. Put your own idea into `decide`.
"""

import json
import random
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
from websockets.sync.client import connect

STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def decide(state: dict[str, Any], me: dict[str, Any]) -> dict[str, Any]:
    """A step or a shot into a free neighbouring cell, else the shield up. An illegal command would cost the turn."""
    board, taken = state["map"], [(other["row"], other["col"]) for other in state["players"] if other["alive"]]
    choices = []
    for direction, (d_row, d_col) in STEPS.items():
        row, col = me["row"] + d_row, me["col"] + d_col
        on_board = 0 <= row < board["rows"] and 0 <= col < board["cols"]
        if on_board and board["cells"][row][col] == 0 and (row, col) not in taken:
            kinds = ("move",) if direction == me["shield"] else ("move", "shoot")
            choices += [{"command_type": kind, "direction": direction} for kind in kinds]
    return random.choice(choices or [{"command_type": "shield", "direction": "up"}])


def main(base_url: str) -> None:
    """Create, start, play. Without `bot_players`, seat A is a person's and every other seat is a bot's."""
    with httpx.Client(base_url=base_url, timeout=20, trust_env=False) as client:
        game = client.post("/v2/games", json={"num_players": 2, "max_turns": 60}).raise_for_status().json()
        game_id, player_id, answered = game["game_id"], game["players"][0]["player_id"], 0
        client.post(f"/v2/games/{game_id}/start").raise_for_status()
        with connect(f"{base_url.replace('http', 'ws', 1)}/v2/games/{game_id}/stream", proxy=None) as stream:
            for snapshot in filter(None, (json.loads(message).get("snapshot") for message in stream)):
                me = next(player for player in snapshot["state"]["players"] if player["player_id"] == player_id)
                if snapshot["status"] == "FINISHED":
                    break
                # The stream may tell of a turn more than once; it is answered once.
                if snapshot["current_player_id"] == player_id and snapshot["turn_no"] > answered:
                    answered = snapshot["turn_no"]
                    command = {"command_id": str(uuid.uuid4()), "player_id": player_id, "turn_no": answered}
                    command |= {"client_sent_at": datetime.now(UTC).isoformat()} | decide(snapshot["state"], me)
                    print(f"turn {answered}: {command['command_type']} {command['direction']}")
                    client.post(f"/v2/games/{game_id}/commands", json=command).raise_for_status()
    print(f"over after {snapshot['turn_no'] - 1} turns: {me['hp']} HP left")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["http://127.0.0.1:8000"])
