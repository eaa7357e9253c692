"""Bots that are looked after: seated on live instances, in games that a game manager of the test knows."""

from cowboy.bots.services import Services
from cowboy.celery.registration import INCARNATION
from cowboy.models.profiles import Profiles
from cowboy.settings import Settings
from cowboy.state.bindings import Binding, Bindings
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.instances import Instance, Instances
from cowboy.state.keys import Keys
from cowboy.state.state import State
from cowboy.state.tables import Tables, Update
from tests.game_manager import GameManagerServer
from tests.tables import IDS, binding, game, table


class Ward:
    """What a keeper looks after: bots on the instances i1 and i2."""

    def __init__(self, settings: Settings, redis: Redis, manager: GameManagerServer) -> None:
        self.settings = settings
        self.redis = redis
        self.manager = manager
        self.keys = Keys(settings.key_prefix)
        self.instances = Instances(redis, self.keys, settings.dead_after_seconds)
        self.bindings = Bindings(redis, self.keys)
        self.games = Games(redis, self.keys, settings.history_ttl_seconds)
        self.began: dict[str, int] = {}

    def beat(self, *names: str, incarnation: str = INCARNATION) -> None:
        """An incarnation begins when it is first heard of."""
        began_ms = self.began.setdefault(incarnation, len(self.began))
        for name in names:
            self.instances.beat(
                Instance(
                    name=name,
                    capacity=4,
                    pool="threads",
                    concurrency=4,
                    pid=7,
                    incarnation=incarnation,
                    began_ms=began_ms,
                )
            )

    def die(self, name: str) -> None:
        self.redis.zincrby(self.keys.instance_beats, -self.settings.dead_after_seconds - 1, name)

    def seat(self, game_id: str, *seats: int, **changes: object) -> None:
        """Bots that were taught on i1 by its present incarnation."""
        self.manager.know(game(game_id))
        bots = [binding(game_id, seat, **{"taught_by": INCARNATION, **changes}) for seat in seats]
        self.games.assign(AssignedGame(game_id=game_id, turn_timeout_seconds=60), bots)
        for bot in bots:
            self.instances.place(game_id, bot.player_id, on=bot.instance)

    def bot(self, game_id: str, seat: int) -> Binding:
        found = self.bindings.get(game_id, IDS[seat])
        assert found is not None
        return found

    def open_turn(self, game_id: str) -> None:
        """It is A's turn, for long."""
        opened = Update(table(game_id), game(game_id).created_at.replace(year=2999), ())
        Tables(self.redis, self.keys, 20, patience_seconds=2, rescue_seconds=1).store([opened])

    def services(self) -> Services:
        """As a manager's process has them."""
        return Services.of(State(self.settings, self.redis), Profiles())
