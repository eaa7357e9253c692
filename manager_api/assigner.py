"""Assigning bots to the seats of a game (spec/bot-services.md §3–§5)."""

import secrets
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import structlog
from redis.exceptions import LockError

from cowboy.brains.registry import brain_names
from cowboy.errors import BadRequest, Conflict, NotFound, WorldError
from cowboy.game.wire.objects import Game, PlayerIdentity, PlayerState
from cowboy.game.words import PlayerName
from cowboy.game_manager import GameManager
from cowboy.settings import Settings
from cowboy.state.bindings import Binding, Bindings, BindingStatus
from cowboy.state.client import connect, state_errors
from cowboy.state.games import AssignedGame, Games
from cowboy.state.instances import Instances
from cowboy.state.keys import Keys
from manager_api.schemas import BotWishes, DefaultAssignment, ExplicitAssignment

log = structlog.get_logger(__name__)

InstancePicker = Callable[[Binding | None], str]
"""From the binding that is to be replaced, if there is one, to the name of an instance."""

LOCK_SECONDS = 30
"""Longer than an assignment takes with every HTTP call at its time limit."""


class Assigner:
    """Makes, shows and ends assignments. Thread-safe; one per process."""

    def __init__(self, settings: Settings) -> None:
        self._redis = connect(settings)
        self._keys = Keys(settings.key_prefix)
        self._settings = settings
        self._games = Games(self._redis, self._keys, settings.history_ttl_seconds)
        self._bindings = Bindings(self._redis, self._keys)
        self._instances = Instances(self._redis, self._keys, settings.dead_after_seconds)
        self._game_manager = GameManager(settings)

    def assign_default(self, game_id: str, wishes: DefaultAssignment) -> tuple[AssignedGame, list[Binding]]:
        """Seat A to a person, the others to bots."""
        game = self._game(game_id)
        first, *others = game.state.players
        with self._alone_with(game_id):
            present = self._bindings.of_game(game_id)
            if not wishes.apply_immediately:
                others = [player for player in others if player.player_id in present]
            return self._carry_out(game, [first], others, wishes, present)

    def assign(self, game_id: str, wishes: ExplicitAssignment) -> tuple[AssignedGame, list[Binding]]:
        """The seats as named. Replaces an earlier assignment whole."""
        game = self._game(game_id)
        if set(wishes.human_player_ids) & set(wishes.bot_player_ids):
            raise BadRequest("human_player_ids and bot_player_ids must not overlap")
        humans, bots = _players(game, wishes.human_player_ids), _players(game, wishes.bot_player_ids)
        with self._alone_with(game_id):
            return self._carry_out(game, humans, bots, wishes, self._bindings.of_game(game_id))

    def show(self, game_id: str) -> tuple[AssignedGame, list[Binding]]:
        """The assignment as it stands. Raises `NotFound` if there is none."""
        game = self._games.get(game_id)
        if game is None:
            raise NotFound(f"no assignments for game {game_id}")
        return game, list(self._bindings.of_game(game_id).values())

    def stop(self, game_id: str, reason: str | None) -> int:
        """Take all bots off a game; how many there were. Fine for an unknown game, and when repeated."""
        with self._alone_with(game_id):
            count = self._games.forget(game_id)
        log.info("bots_stopped", game_id=game_id, bots=count, reason=reason)
        return count

    def _carry_out(
        self,
        game: Game,
        humans: Collection[PlayerState],
        bots: Collection[PlayerState],
        wishes: BotWishes,
        present: Mapping[str, Binding],
    ) -> tuple[AssignedGame, list[Binding]]:
        pick = self._instance_picker()
        bindings = [
            kept
            if (kept := present.get(player.player_id)) and not wishes.force_recreate
            else self._bind(game, player, wishes, kept, pick)
            for player in bots
        ]
        assigned = AssignedGame(
            game_id=game.game_id,
            turn_timeout_seconds=game.turn_timeout_seconds,
            humans=tuple(PlayerIdentity(player_name=p.player_name, player_id=p.player_id) for p in humans),
        )
        self._games.assign(assigned, bindings)
        for binding in bindings:
            log.info(
                "bot_bound", **binding.model_dump(include={"game_id", "player_name", "bot_id", "instance", "brain"})
            )
        return assigned, bindings

    def _bind(
        self, game: Game, player: PlayerState, wishes: BotWishes, replaced: Binding | None, pick: InstancePicker
    ) -> Binding:
        return Binding(
            game_id=game.game_id,
            player_id=player.player_id,
            player_name=player.player_name,
            bot_id=replaced.bot_id if replaced else f"bot-{uuid.uuid4()}",
            instance=pick(replaced),
            brain=self._brain(wishes, player.player_name),
            seed=secrets.randbits(63) if wishes.seed is None else wishes.seed,
            status=BindingStatus.READY,
            game_guide_version=wishes.game_guide_version or self._settings.game_guide_version,
            created_at=datetime.now(UTC),
        )

    def _brain(self, wishes: BotWishes, seat: PlayerName) -> str:
        brain = wishes.brains.get(seat, self._settings.brain)
        if brain not in brain_names():
            raise BadRequest(
                f"brains.{seat}: there is no brain {brain!r}; there are {', '.join(sorted(brain_names()))}"
            )
        return brain

    def _instance_picker(self) -> InstancePicker:
        """Gives the least-loaded live instance below capacity, above it still the least loaded (§5).

        A bot that is made anew stays where it was, as long as that lives.
        """
        capacities = {instance.name: instance.capacity for instance in self._instances.live()}
        loads = dict.fromkeys(capacities, 0) | self._bindings.count_by_instance(self._games.live())

        def pick(replaced: Binding | None) -> str:
            if replaced is not None and replaced.instance in capacities:
                return replaced.instance
            if not capacities:
                raise WorldError("no live worker instance; start one: celery -A cowboy worker -Q bots.i1")
            name = min(capacities, key=lambda name: (loads[name] >= capacities[name], loads[name], name))
            loads[name] += 1
            return name

        return pick

    def _game(self, game_id: str) -> Game:
        game = self._game_manager.get(game_id)
        if game is None:
            raise NotFound(f"game {game_id} not found")
        return game

    @contextmanager
    def _alone_with(self, game_id: str) -> Iterator[None]:
        """One assignment of a game at a time, over all managers."""
        lock = self._redis.lock(
            self._keys.lock(f"assignment:{game_id}"),
            timeout=LOCK_SECONDS,
            blocking_timeout=self._settings.http_timeout_seconds,
        )
        with state_errors(f"locking game {game_id}"):
            try:
                with lock:
                    yield
            except LockError as error:
                raise Conflict(f"game {game_id} is being assigned by somebody else; try again") from error


def _players(game: Game, ids: Collection[str]) -> list[PlayerState]:
    """The players named, in seat order. Raises `BadRequest` for one that the game does not have."""
    for player_id in ids:
        if game.state.seat_of(player_id) is None:
            raise BadRequest(f"player_id {player_id} does not belong to game")
    return [player for player in game.state.players if player.player_id in ids]
