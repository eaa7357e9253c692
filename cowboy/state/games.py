"""Assigned games: those that the bridge has to read, with the assignment of each.

Assigning and forgetting a game each happen in one step, so the bridge never sees half of it.
"""

from collections.abc import Collection, Sequence

from pydantic import BaseModel, ConfigDict

from cowboy.game.wire.objects import PlayerIdentity
from cowboy.state.bindings import Binding, Bindings, BindingStatus, SeatState
from cowboy.state.client import Call, Redis, call_all, script, state_errors
from cowboy.state.keys import Keys


class AssignedGame(BaseModel):
    """What never changes during a game, and which seats are people's. The game is over after `max_turns`, if known."""

    model_config = ConfigDict(frozen=True)

    game_id: str
    turn_timeout_seconds: int
    humans: tuple[PlayerIdentity, ...] = ()
    max_turns: int | None = None


class Games:
    """All games that were assigned."""

    def __init__(self, client: Redis, keys: Keys, history_ttl_seconds: int) -> None:
        self._redis = client
        self._keys = keys
        self._bindings = Bindings(client, keys)
        self._history_ttl_seconds = history_ttl_seconds
        self._remove_bots = script(client, "remove_bots")

    def live(self) -> set[str]:
        """Ids of the games to be read."""
        with state_errors("reading the live games"):
            return set(self._redis.smembers(self._keys.games))  # type: ignore[arg-type]

    def get(self, game_id: str) -> AssignedGame | None:
        with state_errors(f"reading game {game_id}"):
            stored = self._redis.get(self._keys.game(game_id))
        return AssignedGame.model_validate_json(stored) if isinstance(stored, str) else None

    def assign(self, game: AssignedGame, bots: Collection[Binding], replaced: Collection[Binding] = ()) -> None:
        """Make this the game's assignment and seat these bots; those of other seats stay where they are.

        `replaced` are the bots on whose seats they sit down.
        """
        keys = self._keys
        with state_errors(f"assigning game {game.game_id}"), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.set(keys.game(game.game_id), game.model_dump_json())
            pipeline.delete(keys.ended(game.game_id))
            pipeline.sadd(keys.games, game.game_id)
            for bot in replaced:
                pipeline.hdel(keys.bots, bot.bot_id)
                pipeline.delete(keys.player(bot.bot_id))
                pipeline.hset(keys.stopped(game.game_id), bot.bot_id, _stopped(bot, SeatState.REPLACED))
                pipeline.expire(keys.stopped(game.game_id), self._history_ttl_seconds)
            for bot in bots:
                pipeline.hset(keys.bindings(game.game_id), bot.player_id, bot.model_dump_json())
                pipeline.hset(keys.bots, bot.bot_id, f"{game.game_id} {bot.player_id}")
            pipeline.execute()

    def take_off(self, game_id: str, bots: Collection[Binding], state: SeatState, *before: Call) -> int:
        """Take these bots off their seats. Returns how many that were. They stay readable for a while, as stopped.
        `before` is sent first, if there are any.
        """
        return self._stop(game_id, bots, state, before=before) if bots else 0

    def forget(self, game_id: str, *before: Call) -> int:
        """Take all bots off their seats and stop reading the game. Returns how many bots that were. `before` is sent
        first.

        Safe when repeated. Records and the stopped bots stay readable for their time to live. A decision in flight is
        not published any more: its claim is gone.
        """
        keys = self._keys
        bots = self._bindings.of_game(game_id).values()
        also = (keys.game, keys.bindings, keys.table, keys.recent, keys.told, keys.claim)
        count = self._stop(game_id, bots, SeatState.STOPPED, [key(game_id) for key in also], before)
        with state_errors(f"forgetting game {game_id}"), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.set(keys.ended(game_id), "", ex=self._history_ttl_seconds)
            pipeline.expire(keys.records(game_id), self._history_ttl_seconds)
            pipeline.execute()
        return count

    def has_ended(self, game_id: str) -> bool:
        """Whether it was forgotten lately, and not assigned again since."""
        with state_errors(f"reading whether game {game_id} has ended"):
            return bool(self._redis.exists(self._keys.ended(game_id)))

    def stopped(self, game_id: str) -> list[Binding]:
        """The bots that were taken off seats of this game lately, in seat order."""
        with state_errors(f"reading the stopped bots of game {game_id}"):
            stored: list[str] = self._redis.hvals(self._keys.stopped(game_id))  # type: ignore[assignment]
        return sorted(map(Binding.model_validate_json, stored), key=lambda bot: (bot.player_name, bot.bot_id))

    def _stop(
        self,
        game_id: str,
        bots: Collection[Binding],
        state: SeatState,
        game: Collection[str] = (),
        before: Sequence[Call] = (),
    ) -> int:
        """Take bots off their seats, and the game with them if its keys are given."""
        keys = self._keys
        players = [keys.player(bot.bot_id) for bot in bots]
        kept = ((bot.player_id, bot.bot_id, _stopped(bot, state)) for bot in bots)
        with state_errors(f"taking bots off game {game_id}"):
            forget = Call(
                self._remove_bots,
                keys=[
                    keys.bindings(game_id),
                    keys.stopped(game_id),
                    keys.bots,
                    keys.seats,
                    keys.lessons,
                    keys.games,
                    keys.leases,
                    keys.due,
                    *players,
                    *game,
                ],
                args=[
                    game_id,
                    self._history_ttl_seconds,
                    "game" if game else "bots",
                    *(text for triple in kept for text in triple),
                ],
            )
            *_, stopped = call_all(self._redis, [*before, forget])
        return int(stopped)


def _stopped(bot: Binding, state: SeatState) -> str:
    return bot.moved_to(BindingStatus.STOPPED, player_state=state).model_dump_json()
