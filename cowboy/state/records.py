"""Turn records: one line for each turn that a bot played, kept for a while after the game."""

from pydantic import BaseModel, ConfigDict

from cowboy.game.words import CommandType, Direction, PlayerName
from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys


class TurnRecord(BaseModel):
    """How one turn was decided. Times in ms.

    `event_to_command_ms` runs from the creation of the event that opened the turn to the broker's acknowledgement of
    the command; `decision_ms` is the brain's part of it. `outcome` is the guard's word for how the decision came
    about, `recovered` if a worker took the turn over from one that was lost after deciding, `late` if no time to
    think was left, or `stale` if the decision came when the turn was over: then nothing was sent, and
    `event_to_command_ms` runs to that moment. `fallback` is the brain that decided in place of the bot's own (`safe` if
    none did), absent if its own did; `reason` says why, with a few words of a provider that refused. `figures` are what
    the brain reports about its decision. `model` was asked last by the bot's own brain, if it asks models, in the words
    of the version `prompts`. `snapshot` is the digest of the table that the turn was decided on, `guide_version` what
    the bot had been taught; these two and `command_id` are None in a record that an older worker wrote, the last of
    them also where nothing was sent. `character` is the name of the one that a brain decided as, if it was one. A
    record stays below some 2 kB.
    """

    model_config = ConfigDict(frozen=True)

    turn_no: int
    player_id: str
    player_name: PlayerName
    bot_id: str
    instance: str
    brain: str
    outcome: str
    fallback: str | None = None
    reason: str | None = None
    command_type: CommandType
    direction: Direction | None
    decision_ms: float
    event_to_command_ms: float
    figures: dict[str, float] = {}
    model: str | None = None
    prompts: str | None = None
    command_id: str | None = None
    snapshot: str | None = None
    guide_version: str | None = None
    character: str | None = None


class Records:
    """The records of all games."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys
        self._find_record = script(client, "find_record")

    def of_game(self, game_id: str) -> list[TurnRecord]:
        """All turns that bots have decided, in the order of turns: a record may be stored late."""
        with state_errors(f"reading the records of game {game_id}"):
            stored: list[str] = self._redis.lrange(self._keys.records(game_id), 0, -1)  # type: ignore[assignment]
        return sorted(map(TurnRecord.model_validate_json, stored), key=lambda record: record.turn_no)

    def of_turn(self, game_id: str, turn_no: int) -> TurnRecord | None:
        """The record of one turn, or None if no bot decided it. Redis looks for it: a game may have thousands."""
        with state_errors(f"reading the record of turn {turn_no} of game {game_id}"):
            stored = self._find_record(keys=[self._keys.records(game_id)], args=[f'{{"turn_no":{turn_no},'])
        return None if stored is None else TurnRecord.model_validate_json(stored)
