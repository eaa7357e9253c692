"""A game between two bots, made over HTTP and watched on its WebSocket stream until it ends.

With `make demo` running in another terminal:

    .venv/bin/python examples/fill_seats.py [http://127.0.0.1:8000]

Shows how bots get onto seats (name the seats, and a brain if you like), and what a viewer of the V2 stream may rely on.
"""

import json
import sys
from typing import Any

import httpx
from websockets.sync.client import connect

WISHES = {
    "num_players": 2,
    "bot_players": ["A", "B"],
    # Extensions of ours: an existing V2 backend ignores them.
    "brains": {"A": "search", "B": "greedy"},
    "max_turns": 200,
}


def watch(url: str, names: dict[str, str]) -> dict[str, Any]:
    """Print what happens; the last state of the game."""
    with connect(url, proxy=None) as stream:
        for message in map(json.loads, stream):
            # Only these two changed anything; refused and late commands are streamed as well.
            if message.get("result_status") in {"APPLIED", "TIMEOUT_APPLIED"}:
                who = names.get(message.get("player_id"), "-")
                print(f"turn {message['turn_no']:3}: {who} {message['event_type']} {message.get('direction', '')}")
            snapshot: dict[str, Any] | None = message.get("snapshot")
            # The end is a status, not a message: the last event may come before or after this.
            if snapshot and snapshot["status"] == "FINISHED":
                return snapshot
    raise SystemExit("the stream ended before the game did")


def main(base_url: str) -> None:
    """Create, start, watch, name the winner."""
    with httpx.Client(base_url=base_url, timeout=20, trust_env=False) as client:
        game = client.post("/v2/games", json=WISHES).raise_for_status().json()
        game_id = game["game_id"]
        print(f"game {game_id}; see it at {base_url}/?gameId={game_id}")
        client.post(f"/v2/games/{game_id}/start").raise_for_status()
    names = {player["player_id"]: player["player_name"] for player in game["players"]}
    last = watch(f"{base_url.replace('http', 'ws', 1)}/v2/games/{game_id}/stream", names)
    alive = [player["player_name"] for player in last["state"]["players"] if player["alive"]]
    print(f"{alive[0]} wins" if len(alive) == 1 else f"a draw between {' and '.join(alive)}")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["http://127.0.0.1:8000"])
