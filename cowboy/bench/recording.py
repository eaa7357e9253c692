"""Recorded games: the events of games among `random` bots, and the command that each turn's bot gives.

A bot's chance comes from its binding's seed alone, so a system that plays a recorded game with these bindings gives the
recorded commands. The events are those that a referee would send, and each answer can be checked. No I/O.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import cycle, islice
from random import Random
from typing import NamedTuple
from uuid import UUID

from cowboy.arena.change import Change
from cowboy.arena.record import GameRecord
from cowboy.brains.brain import Brain, Context, Situation
from cowboy.game.board import MAX_PLAYERS, new_state
from cowboy.game.maps import default_grid
from cowboy.game.turns import Table, table_of
from cowboy.game.wire.messages import Command
from cowboy.game.words import MapSource, PlayerName
from cowboy.state.bindings import Binding, BindingStatus
from cowboy.state.turns import TurnRef
from cowboy.turns.decider import command_for, turn_seed

BRAIN = "random"
TURN_TIMEOUT_SECONDS = 24 * 3600
"""No turn of a recording may run out, however long ago the recording was made."""


class Turn(NamedTuple):
    """`event` is the message that opens the turn; `command` what its bot answers, but for the time of sending."""

    event: bytes
    command: Command


class Recording(NamedTuple):
    """The first turns of a game, and the bots on all its seats."""

    game_id: str
    bindings: tuple[Binding, ...]
    turns: tuple[Turn, ...]

    def problem(self, answers: Sequence[bytes]) -> str | None:
        """What is wrong with the commands that were sent in this game, oldest first; None if all are as recorded."""
        for turn, answer in zip(self.turns, answers, strict=False):
            command = Command.model_validate_json(answer)
            if command.model_copy(update={"sent_at": turn.command.sent_at}) != turn.command:
                return f"turn {turn.command.turn_no} of game {self.game_id} was answered with {command}"
        return None


def record(number: int, turns: int, *, brain: Brain, instances: Sequence[str], now: datetime) -> Recording:
    """Game `number`, its first `turns` turns (fewer if it is over before), as if all was played at `now`.

    The same number always is the same game. Its bots sit on `instances` in turn.
    """
    random = Random(number)  # noqa: S311  # no secret
    game_id, *player_ids = (str(UUID(int=random.getrandbits(128), version=4)) for _ in range(1 + MAX_PLAYERS))
    hosts = islice(cycle(instances), number, None)
    bindings = tuple(
        Binding(
            game_id=game_id,
            player_id=player_id,
            player_name=name,
            bot_id=f"bot-{player_id}",
            instance=next(hosts),
            brain=BRAIN,
            seed=number,
            status=BindingStatus.READY,
            game_guide_version="v1",
            created_at=now,
        )
        for name, player_id in zip(PlayerName, player_ids, strict=True)
    )
    return Recording(game_id, bindings, tuple(islice(_play(game_id, bindings, brain, now), turns)))


def opening(now: datetime) -> Table:
    """The first turn of a game of four."""
    change = Change(_new_game(str(UUID(int=0, version=4)), tuple(f"player-{name}" for name in PlayerName), now))
    change.start(now)
    return table_of(change.record.to_game())


def _play(game_id: str, bindings: tuple[Binding, ...], brain: Brain, now: datetime) -> Iterator[Turn]:
    """Turn by turn, the arena's own referee applying the commands."""
    change = Change(_new_game(game_id, tuple(binding.player_id for binding in bindings), now))
    change.start(now)
    while change.record.is_running:
        table = table_of(change.record.to_game())
        binding = bindings[change.record.board.current]
        situation = Situation(table=table, seconds_left=TURN_TIMEOUT_SECONDS, seed=turn_seed(binding, table.turn_no))
        action = brain.decide(situation, Context()).action
        command = command_for(TurnRef(game_id, binding.player_id, table.turn_no), action, now)
        yield Turn(change.events[-1].to_json(), command)
        change.process(command, now)


def _new_game(game_id: str, player_ids: tuple[str, ...], now: datetime) -> GameRecord:
    return GameRecord(
        game_id=game_id,
        player_ids=player_ids,
        board=new_state(default_grid(), len(player_ids)),
        map_source=MapSource.DEFAULT,
        turn_timeout_seconds=TURN_TIMEOUT_SECONDS,
        created_at=now,
        input_topic="",
        output_topic="",
    )
