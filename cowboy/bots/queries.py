"""Queries: the state of bots, instances and games, for people. They change nothing."""

from collections.abc import Callable
from typing import NamedTuple

from cowboy.errors import NotFound
from cowboy.game.words import GameStatus
from cowboy.state.bindings import Binding
from cowboy.state.games import AssignedGame
from cowboy.state.instances import Cordon, Instance
from cowboy.state.state import State
from cowboy.state.tables import Waiting


class InstanceSheet(NamedTuple):
    """An instance. `about` is what it reports about itself; None for one that has left or never existed, but has bots.

    `bots` have their place there, `waiting` is the length of its queue.
    """

    name: str
    about: Instance | None
    live: bool
    closure: Cordon | None
    bots: int
    waiting: int


class GameSheet(NamedTuple):
    """A game. `assigned` is None once its bots are stopped, `turn` when none is open as far as is known.

    `state` is what its events have told so far.
    """

    game_id: str
    state: GameStatus
    assigned: AssignedGame | None
    bots: list[Binding]
    stopped: list[Binding]
    turn: Waiting | None


class Queries:
    """Thread-safe."""

    def __init__(self, state: State) -> None:
        self._bindings = state.bindings
        self._games = state.games
        self._instances = state.instances
        self._queues = state.queues
        self._tables = state.tables

    # -- bots ---------------------------------------------------------------------------------------------------------

    def bot(self, bot_id: str) -> Binding:
        """Raises `NotFound` for one that sits on no seat."""
        binding = self._bindings.find(bot_id)
        if binding is None:
            raise NotFound(f"bot {bot_id} not found")
        return binding

    def bots(self, game_id: str | None = None, among: Callable[[Binding], bool] = lambda _: True) -> list[Binding]:
        """The bots of a game, or of all, by game and seat; those `among` them for which that is true."""
        games = [game_id] if game_id is not None else sorted({game for game, _ in self._bindings.seats()})
        seated = self._bindings.of_games(games)
        return [bot for game in games for bot in seated[game].values() if among(bot)]

    # -- instances ----------------------------------------------------------------------------------------------------

    def instances(self) -> list[InstanceSheet]:
        """All that are known, hold bots or are closed, by name; dead ones too."""
        about = {instance.name: instance for instance in self._instances.known()}
        live = {instance.name for instance in self._instances.live()}
        loads, closed = self._instances.loads(), self._instances.closed()
        return [
            InstanceSheet(
                name, about.get(name), name in live, closed.get(name), loads.get(name, 0), self._queues.length(name)
            )
            for name in sorted({*about, *loads, *closed})
        ]

    def instance(self, name: str) -> InstanceSheet:
        """Raises `NotFound`."""
        for sheet in self.instances():
            if sheet.name == name:
                return sheet
        raise NotFound(f"instance {name} not found")

    # -- games --------------------------------------------------------------------------------------------------------

    def game_ids(self) -> list[str]:
        """All that are assigned, sorted."""
        return sorted(self._games.live())

    def game(self, game_id: str) -> GameSheet:
        """Raises `NotFound` for a game that is not assigned and of which no stopped bots are kept."""
        table = self._tables.load(game_id).table
        assigned = self._games.get(game_id)
        unheard_of = GameStatus.CREATED if assigned is not None else GameStatus.FINISHED
        sheet = GameSheet(
            game_id,
            state=table.status if table is not None else unheard_of,
            assigned=assigned,
            bots=list(self._bindings.of_game(game_id).values()),
            stopped=self._games.stopped(game_id),
            turn=self._tables.open_turn(game_id),
        )
        if sheet.assigned is None and not sheet.stopped:
            raise NotFound(f"game {game_id} is not assigned, and has no stopped bots")
        return sheet
