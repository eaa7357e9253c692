"""Due times: when a turn keeper has to look at each game's open turn, because it should have moved on by then.

The scripts `open_turn`, `claim_turn` and `note_published` set the time; the turn keeper (`cowboy.turns.keeper`) sets
the next one, or none. Times are Redis's, in ms since 1970.
"""

from typing import NamedTuple

from redis.commands.core import Script

from cowboy.game.outcomes import ClaimState
from cowboy.state.bindings import Binding
from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys
from cowboy.state.turns import TurnRef

HOLD_MS = 1_000
"""A turn that one keeper has taken is given to no other for this long."""


def taking_overdue(client: Redis) -> Script:
    """The script that takes what is due from a sorted set."""
    return script(client, "take_overdue")


class Overdue(NamedTuple):
    """The open turn of a game as it stood at `now_ms`.

    `turn` is None if nobody is to act. `state` is that of the turn's claim, None if there is none, and so is
    `lease_until_ms`, 0 if there is none; `lesson` is that of the bot which the claim was for. `repeated` says that its
    second attempt was made. `bot` is the one that is to act, None if it is no bot's turn.
    """

    game_id: str
    now_ms: int
    turn: TurnRef | None = None
    opened_ms: int = 0
    rescue_ms: int = 0
    deadline_ms: int = 0
    state: ClaimState | None = None
    lease_until_ms: int = 0
    lesson: int = 0
    repeated: bool = False
    bot: Binding | None = None


_TABLE = ("turn_no", "player_id", "opened_ms", "rescue_ms", "deadline_ms")
_CLAIM = ("turn_no", "state", "lease_until", "lesson", "attempt")


class Due:
    """The due times of all games."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys
        self._take_overdue = taking_overdue(client)
        self._postpone_turn = script(client, "postpone_turn")

    def take(self, most: int) -> list[Overdue]:
        """Take the turns that are due, the oldest first. No other caller is given them for `HOLD_MS`."""
        with state_errors("reading overdue turns"):
            now_ms, *games = self._take_overdue(keys=[self._keys.due], args=[most, HOLD_MS])
            if not games:
                return []
            with self._redis.pipeline(transaction=False) as pipeline:
                for game_id in games:
                    pipeline.hmget(self._keys.table(game_id), _TABLE)
                    pipeline.hmget(self._keys.claim(game_id), _CLAIM)
                answers = pipeline.execute()
                tables, claims = answers[::2], answers[1::2]
                for game_id, table in zip(games, tables, strict=True):
                    pipeline.hget(self._keys.bindings(game_id), table[1] or "")
                bots = pipeline.execute()
        return [_overdue(int(now_ms), *found) for found in zip(games, tables, claims, bots, strict=True)]

    def postpone(self, looked: Overdue, until_ms: int | None) -> None:
        """Set when this turn is due again, or that it is not.

        Does nothing if the turn is over, or was claimed, published or taken by another keeper since it was taken.
        """
        with state_errors(f"postponing the turn of game {looked.game_id}"):
            self._postpone_turn(
                keys=[self._keys.due, self._keys.table(looked.game_id)],
                args=[
                    looked.game_id,
                    looked.turn.turn_no if looked.turn is not None else "",
                    looked.now_ms + HOLD_MS,
                    until_ms if until_ms is not None else "",
                ],
            )


def _overdue(now_ms: int, game_id: str, table: list[str | None], claim: list[str | None], bot: str | None) -> Overdue:
    turn_no, player_id, *times = table
    if turn_no is None or not player_id:
        return Overdue(game_id, now_ms)
    opened_ms, rescue_ms, deadline_ms = (int(time or 0) for time in times)
    claim_turn, state, lease_until, lesson, attempt = claim if claim[0] == turn_no else [None] * 5
    return Overdue(
        game_id,
        now_ms,
        TurnRef(game_id, player_id, int(turn_no)),
        opened_ms,
        rescue_ms,
        deadline_ms,
        ClaimState(state) if claim_turn is not None and state is not None else None,
        int(lease_until or 0),
        int(lesson or 0),
        attempt is not None,
        Binding.model_validate_json(bot) if bot is not None else None,
    )
