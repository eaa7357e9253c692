"""Assigning bots to the seats of a game (docs/architecture.md#the-life-of-a-bot)."""

import secrets
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

import structlog
from redis.exceptions import LockError

from cowboy.bots.caster import Caster
from cowboy.bots.ending import Ending
from cowboy.bots.onboarding import Onboarding
from cowboy.brains.registry import brain_names
from cowboy.bus.bell import Bell
from cowboy.bus.topics import TopicNames
from cowboy.clients.game_manager import GameManager, Seating
from cowboy.errors import BadRequest, CallerError, Conflict, NotFound, UnplayableGame, WorldError
from cowboy.game.wire.objects import Game, PlayerIdentity, PlayerState
from cowboy.game.words import PlayerName
from cowboy.models.profiles import Profiles
from cowboy.state import bindings as states
from cowboy.state.bindings import Binding, BindingStatus, Pause
from cowboy.state.client import state_errors
from cowboy.state.games import AssignedGame
from cowboy.state.moments import GameAssigned
from cowboy.state.state import State

log = structlog.get_logger(__name__)

P = TypeVar("P", bound=PlayerIdentity)

LOCK_SECONDS = 30
"""How long the lock of an assignment is kept: longer than one takes with every call at its time limit."""

POLL_SECONDS = 0.01


class AssignmentOptions(NamedTuple):
    """A caller's options for the bots of an assignment. The server chooses what is left out.

    `brains` and `profiles` name a brain or an LLM profile for a seat, `seed` fixes the choices of all bots, `bot_ids`
    the ids of bots by player id. The game is over after `max_turns`, if that is known. `characters` names a certain
    character for a seat, or None for nobody; other seats get one as COWBOY_CHARACTERS says.
    """

    game_guide_version: str | None = None
    force_recreate: bool = False
    brains: Mapping[PlayerName, str] = {}
    profiles: Mapping[PlayerName, str] = {}
    seed: int | None = None
    max_turns: int | None = None
    bot_ids: Mapping[str, str] = {}
    characters: Mapping[PlayerName, str | None] = {}


class Assignment(NamedTuple):
    """The people and bots of a game. Bots are in seat order, each in its present state."""

    game: AssignedGame
    bots: list[Binding]


class Assigner:
    """Makes, shows and ends assignments. Thread-safe; one per process."""

    def __init__(self, state: State, game_manager: GameManager, onboarding: Onboarding, profiles: Profiles) -> None:
        self._state = state
        self._settings = state.settings
        self._games = state.games
        self._bindings = state.bindings
        self._instances = state.instances
        self._game_manager = game_manager
        self._onboarding = onboarding
        self._profiles = profiles
        self._caster = Caster(state)
        self._ending = Ending(state)
        self._topics = TopicNames.of(state.settings)
        self._bell = Bell.of(state.settings)

    def assign_default(self, game_id: str, options: AssignmentOptions, *, apply_immediately: bool = True) -> Assignment:
        """Seat A to a person, the others to bots. With `apply_immediately` false only to bots that are there already.

        Raises `NotFound` for an unknown game, `BadRequest` for impossible options, `WorldError` when there is no
        instance. After an error nothing of the assignment remains.
        """
        game = self._game(game_id)
        first, *others = game.state.players
        with self._alone_with(game_id):
            if not apply_immediately:
                present = self._bindings.of_game(game_id)
                others = [player for player in others if player.player_id in present]
            assigned = self._carry_out(game, [first], others, options)
        return self._when_taught(assigned, others)

    def assign(
        self, game_id: str, humans: Collection[str], bots: Collection[str], options: AssignmentOptions
    ) -> Assignment:
        """The seats as named, by player ids. Replaces an earlier assignment whole. Raises as `assign_default`.

        Without bots it does not matter whether the game's board can be played on.
        """
        if not bots:
            return self._assign_people(game_id, humans)
        game = self._game(game_id)
        if set(humans) & set(bots):
            raise BadRequest("human_player_ids and bot_player_ids must not overlap")
        people, players = _players(game, humans), _players(game, bots)
        with self._alone_with(game_id):
            assigned = self._carry_out(game, people, players, options)
        return self._when_taught(assigned, players)

    def _assign_people(self, game_id: str, humans: Collection[str]) -> Assignment:
        seating = self._game_manager.seating(game_id)
        if seating is None:
            raise NotFound(f"game {game_id} not found")
        people = _seated(seating.state.players, humans)
        with self._alone_with(game_id):
            present = self._bindings.of_game(game_id).values()
            assigned = _assigned(seating, people)
            self._store(assigned, [])
            self._take_off(game_id, present)
        return Assignment(assigned, [])

    def assign_if_unknown(self, game_id: str) -> Assignment | None:
        """Make the default assignment for a game that never had one.

        Returns None if the game has one, or had one that was ended.
        """
        game = self._game(game_id)
        first, *others = game.state.players
        with self._alone_with(game_id):
            if self._games.get(game_id) is not None or self._games.has_ended(game_id):
                return None
            return Assignment(self._carry_out(game, [first], others, AssignmentOptions()), [])

    def bind(
        self, game_id: str, player_id: str, options: AssignmentOptions, *, create_if_missing: bool = True
    ) -> Binding:
        """A bot on one seat; the other seats stay as they are. In a game without an assignment they are people's.

        A seat that has a bot keeps it, unless `options` name another one; it is taught again if they name another
        version. With `create_if_missing` false a free seat gets only a bot that is named. Raises as `assign_default`.
        """
        game = self._game(game_id)
        player = next((player for player in game.state.players if player.player_id == player_id), None)
        if player is None:
            raise BadRequest("player_id does not belong to game")
        with self._alone_with(game_id):
            assigned, present = self._games.get(game_id), self._bindings.of_game(game_id)
            if not (create_if_missing or player_id in present or player_id in options.bot_ids):
                raise BadRequest("bot_id is required when create_bot_if_missing=false")
            humans = (
                {human.player_id for human in assigned.humans}
                if assigned is not None
                else {other.player_id for other in game.state.players}
            )
            people = [other for other in game.state.players if other.player_id in humans - {player_id}]
            self._carry_out(game, people, [player], options, untouched=present.keys() - {player_id})
        bot = self._onboarding.wait(game_id, [player_id]).get(player_id)
        if bot is None:
            raise Conflict(f"the bot of player {player_id} has been stopped meanwhile")
        return bot

    def create(self, game_id: str, player_id: str, player_name: PlayerName, options: AssignmentOptions) -> Binding:
        """Put a bot on one seat without teaching it. Raises as `bind`, and `Conflict` for an id in use."""
        game = self._game(game_id)
        (player,) = _players(game, [player_id])
        if player.player_name != player_name:
            raise BadRequest(f"player_name: player {player_id} sits on seat {player.player_name}")
        with self._alone_with(game_id):
            for bot_id in options.bot_ids.values():
                if self._bindings.find(bot_id) is not None:
                    raise Conflict(f"bot {bot_id} already exists")
            if player_id in self._bindings.of_game(game_id):
                raise Conflict(f"player {player_id} of game {game_id} has a bot already")
            self._caster.check(options.characters)
            made = self._make(game, [player], {}, options)[0]
            assigned = self._games.get(game_id) or _assigned(game, [p for p in game.state.players if p != player])
            humans = tuple(human for human in assigned.humans if human.player_id != player_id)
            self._store(assigned.model_copy(update={"humans": humans}), [made])
        return made

    def show(self, game_id: str) -> Assignment:
        """The assignment as it stands. Raises `NotFound` if there is none."""
        game = self._games.get(game_id)
        if game is None:
            raise NotFound(f"no assignments for game {game_id}")
        return Assignment(game, list(self._bindings.of_game(game_id).values()))

    def stop(self, game_id: str, reason: str | None) -> int:
        """Take all bots off a game. Returns how many there were. The game may be unknown, and the call repeated."""
        with self._alone_with(game_id):
            return self._ending.end(game_id, reason)

    def take_off(self, binding: Binding) -> None:
        """Take one bot off its seat, which is free then. It can be repeated."""
        with self._alone_with(binding.game_id):
            present = self._bindings.get(binding.game_id, binding.player_id)
            if present is None or present.bot_id != binding.bot_id:
                return
            self._take_off(binding.game_id, [present])

    # -- carrying out a plan ------------------------------------------------------------------------------------------

    def _carry_out(
        self,
        game: Game,
        humans: Iterable[PlayerState],
        players: Collection[PlayerState],
        options: AssignmentOptions,
        untouched: Collection[str] = (),
    ) -> AssignedGame:
        """Bots for `players` by these options. Those of the players `untouched` stay, all others leave."""
        self._caster.check(options.characters)
        present = self._bindings.of_game(game.game_id)
        kept = {
            player.player_id
            for player in players
            if (bot := present.get(player.player_id)) is not None
            and not options.force_recreate
            and options.bot_ids.get(player.player_id, bot.bot_id) == bot.bot_id
            and self._caster.fits(bot, options.characters)
        }
        made = self._make(game, [player for player in players if player.player_id not in kept], present, options)
        seated = {player.player_id for player in players}.union(untouched)
        unseated = [bot for bot in present.values() if bot.player_id not in seated]
        known = self._games.get(game.game_id)
        max_turns = options.max_turns or (known and known.max_turns)
        assigned = _assigned(game, humans).model_copy(update={"max_turns": max_turns})
        with ExitStack() as undo:
            undo.callback(self._undo, game.game_id, made, known=known is not None)
            self._store(assigned, made, replaced=[present[bot.player_id] for bot in made if bot.player_id in present])
            self._teach(game, made, [present[player_id] for player_id in kept], options)
            undo.pop_all()
        self._take_off(game.game_id, unseated)
        return assigned

    def _store(self, assigned: AssignedGame, bots: Collection[Binding], replaced: Collection[Binding] = ()) -> None:
        self._games.assign(assigned, bots, replaced=replaced)
        seated = tuple(self._bindings.of_game(assigned.game_id).values())
        kept = {bot.character for bot in bots}
        free = self._caster.releasing([bot for bot in replaced if bot.character not in kept])
        self._state.send([*free, *self._state.listeners.games_assigned(GameAssigned(assigned, seated))])
        if self._bell is not None:
            self._bell.ring(self._topics.output_of(assigned.game_id))  # bridges are to read it

    def _take_off(self, game_id: str, bots: Collection[Binding]) -> None:
        self._games.take_off(game_id, bots, states.SeatState.UNASSIGNED, *self._caster.releasing(bots))

    def _undo(self, game_id: str, made: Collection[Binding], *, known: bool) -> None:
        """Undo what was begun: remove the new bots, and the game if it was not assigned before."""
        if known:
            self._take_off(game_id, made)
        else:
            self._ending.end(game_id, "assignment failed")
        for bot in made:
            self._instances.release(game_id, bot.player_id)

    def _make(
        self, game: Game, players: Collection[PlayerState], present: Mapping[str, Binding], options: AssignmentOptions
    ) -> list[Binding]:
        """Bindings with places of their own; if one cannot be had, the places of the others are given back."""
        for player in players:
            self._check(player.player_name, options)
            self._check_id(game.game_id, player.player_id, options)
        made: list[Binding] = []
        try:
            for player in players:
                made.append(self._bind(game, player, present, options))  # noqa: PERF401
            return self._caster.cast(made, present, options.characters)
        except (CallerError, WorldError):
            for bot in made:
                if bot.player_id not in present:
                    self._instances.release(game.game_id, bot.player_id)
            raise

    def _bind(
        self, game: Game, player: PlayerState, present: Mapping[str, Binding], options: AssignmentOptions
    ) -> Binding:
        replaced = present.get(player.player_id)
        game_is_paused = any(Pause.GAME in bot.pauses for bot in present.values())
        instance = self._instances.place(game.game_id, player.player_id)
        if instance is None:
            raise WorldError("no live worker instance that takes bots; start one: celery -A cowboy worker -Q bots.i1")
        binding = Binding(
            game_id=game.game_id,
            player_id=player.player_id,
            player_name=player.player_name,
            bot_id=options.bot_ids.get(player.player_id)
            or (replaced.bot_id if replaced is not None else f"bot-{uuid.uuid4()}"),
            instance=instance,
            brain=options.brains.get(player.player_name, self._settings.brain),
            profile=options.profiles.get(player.player_name) or self._profiles.for_seat(player.player_name),
            seed=secrets.randbits(63) if options.seed is None else options.seed,
            status=BindingStatus.CREATED,
            pauses=(Pause.GAME,) if game_is_paused else (),
            game_guide_version=options.game_guide_version or self._settings.game_guide_version,
            # Beyond the lessons of the bot before it on this seat, so that none of those counts for this one.
            lesson=replaced.lesson if replaced is not None else 0,
            created_at=datetime.now(UTC),
        )
        log.info("bot_bound", **binding.model_dump(include={"game_id", "player_id", "bot_id", "instance", "brain"}))
        return binding

    def _teach(self, game: Game, made: Iterable[Binding], kept: Iterable[Binding], options: AssignmentOptions) -> None:
        version = options.game_guide_version
        unready = {BindingStatus.CREATED, BindingStatus.FAILED}
        untaught = (bot for bot in kept if bot.status in unready or version not in {None, bot.game_guide_version})
        for bot in (*made, *untaught):
            self._onboarding.teach(bot.with_changes(game_guide_version=version or bot.game_guide_version), game=game)

    def _when_taught(self, assigned: AssignedGame, players: Iterable[PlayerState]) -> Assignment:
        bots = self._onboarding.wait(assigned.game_id, {player.player_id for player in players})
        return Assignment(assigned, list(bots.values()))

    # -- what may be wished -------------------------------------------------------------------------------------------

    def _check(self, seat: PlayerName, options: AssignmentOptions) -> None:
        brain = options.brains.get(seat, self._settings.brain)
        if brain not in brain_names():
            raise BadRequest(f"brain of seat {seat}: there is none of that name; there are {', '.join(brain_names())}")
        profile = options.profiles.get(seat)
        if profile is not None and profile not in self._profiles.names():
            names = ", ".join(self._profiles.names()) or "none: BOT_MANAGER_LLM_CONFIG_PATH names no file"
            raise BadRequest(f"profile of seat {seat}: there is none of that name; there are {names}")

    def _check_id(self, game_id: str, player_id: str, options: AssignmentOptions) -> None:
        bot_id = options.bot_ids.get(player_id)
        bot = self._bindings.find(bot_id) if bot_id is not None else None
        if bot is not None and (bot.game_id, bot.player_id) != (game_id, player_id):
            raise Conflict(f"bot {bot_id} already exists")

    def _game(self, game_id: str) -> Game:
        try:
            game = self._game_manager.get(game_id)
        except UnplayableGame as error:
            raise BadRequest(str(error)) from None
        if game is None:
            raise NotFound(f"game {game_id} not found")
        return game

    @contextmanager
    def _alone_with(self, game_id: str) -> Iterator[None]:
        """One assignment of a game at a time, over all managers."""
        lock = self._state.redis.lock(
            self._state.keys.lock(f"assignment:{game_id}"),
            timeout=LOCK_SECONDS,
            sleep=POLL_SECONDS,
            blocking_timeout=self._settings.http_timeout_seconds,
        )
        with state_errors(f"locking game {game_id}"):
            try:
                with lock:
                    yield
            except LockError as error:
                raise Conflict(f"game {game_id} is being assigned by somebody else; try again") from error


def _assigned(game: Game | Seating, humans: Iterable[PlayerIdentity]) -> AssignedGame:
    return AssignedGame(
        game_id=game.game_id,
        turn_timeout_seconds=game.turn_timeout_seconds,
        humans=tuple(PlayerIdentity(player_name=p.player_name, player_id=p.player_id) for p in humans),
    )


def _players(game: Game, ids: Collection[str]) -> list[PlayerState]:
    return _seated(game.state.players, ids)


def _seated(players: Collection[P], ids: Collection[str]) -> list[P]:
    """The players named, in seat order. Raises `BadRequest` for one that the game does not have."""
    known = {player.player_id for player in players}
    for player_id in ids:
        if player_id not in known:
            raise BadRequest(f"player_id {player_id} does not belong to game")
    return [player for player in players if player.player_id in ids]
