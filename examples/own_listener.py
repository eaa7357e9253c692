"""A listener of one's own: counts in Redis how often each player of a game has shot.

    PYTHONPATH=examples COWBOY_LISTENERS=own_listener:Shots .venv/bin/python -m cowboy up

Then, with the id of a game:  redis-cli HGETALL cowboy:shots:<game>. This file is examples/own_listener.py.
"""

from collections.abc import Iterable, Sequence

from cowboy.game.words import CommandType
from cowboy.state.client import Call
from cowboy.state.listeners import Listener
from cowboy.state.moments import EventStored, GameEnded
from cowboy.state.state import State

COUNT = """
-- KEYS 1 shots:<game>   2 shots:<game>:seen     ARGV 1 identity of the event   2 who shot   3 seconds to live
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 0 end  -- it was told before
redis.call('HINCRBY', KEYS[1], ARGV[2], 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""
FORGET = "return redis.call('DEL', KEYS[1])"


class Shots(Listener):
    """Its calls travel with what the bridge and the ending of a game send to Redis anyway."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._count = state.redis.register_script(COUNT)
        self._forget = state.redis.register_script(FORGET)

    def events_stored(self, moments: Sequence[EventStored]) -> Iterable[Call]:
        for moment in moments:
            event, command = moment.event, moment.event.command
            if event.consumed_a_turn and command is not None and command.command_type == CommandType.SHOOT:
                key = self._key(event.game_id)
                yield Call(self._count, [key, f"{key}:seen"], [moment.identity, command.player_id or "", 86_400])

    def games_ended(self, moments: Sequence[GameEnded]) -> Iterable[Call]:
        """The counts stay for their day; which events were counted need not."""
        return [Call(self._forget, [f"{self._key(moment.game_id)}:seen"], []) for moment in moments]

    def _key(self, game_id: str) -> str:
        return f"{self.state.keys.prefix}shots:{game_id}"
