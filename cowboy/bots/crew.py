"""The crew: everybody who looks after bots, put together once for a process."""

from dataclasses import dataclass

from cowboy.bots.assigner import Assigner
from cowboy.bots.ending import Ending
from cowboy.bots.mover import Mover
from cowboy.bots.pauser import Pauser
from cowboy.bots.roster import Roster
from cowboy.bots.teacher import Teacher
from cowboy.game_manager import GameManager
from cowboy.profiles import Profiles
from cowboy.settings import Settings
from cowboy.state.client import Redis


@dataclass(frozen=True)
class Crew:
    """Thread-safe."""

    assigner: Assigner
    teacher: Teacher
    mover: Mover
    pauser: Pauser
    ending: Ending
    roster: Roster
    game_manager: GameManager

    @classmethod
    def of(cls, settings: Settings, redis: Redis, profiles: Profiles, *, hasty: bool = False) -> "Crew":
        """Nothing is connected before the first of them is needed. `hasty` is for whoever has a loop to run."""
        game_manager = GameManager(settings, hasty=hasty)
        teacher = Teacher(settings, redis, game_manager)
        return cls(
            assigner=Assigner(settings, redis, game_manager, teacher, profiles),
            teacher=teacher,
            mover=Mover(settings, redis, teacher),
            pauser=Pauser(settings, redis),
            ending=Ending(settings, redis),
            roster=Roster(settings, redis),
            game_manager=game_manager,
        )
