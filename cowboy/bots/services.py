"""Services: all services for bots, wired once for a process."""

from dataclasses import dataclass

from cowboy.bots.assigner import Assigner
from cowboy.bots.ending import Ending
from cowboy.bots.mover import Mover
from cowboy.bots.onboarding import Onboarding
from cowboy.bots.pauser import Pauser
from cowboy.bots.queries import Queries
from cowboy.clients.game_manager import GameManager
from cowboy.models.profiles import Profiles
from cowboy.speaking.floor import Floor
from cowboy.state.state import State


@dataclass(frozen=True)
class Services:
    """Thread-safe."""

    assigner: Assigner
    onboarding: Onboarding
    mover: Mover
    pauser: Pauser
    ending: Ending
    queries: Queries
    floor: Floor
    game_manager: GameManager

    @classmethod
    def of(cls, state: State, profiles: Profiles, *, hasty: bool = False) -> "Services":
        """Nothing is connected before its first use. `hasty` shortens the waits for a caller that runs a loop."""
        game_manager = GameManager(state.settings, hasty=hasty)
        onboarding = Onboarding(state, game_manager)
        return cls(
            assigner=Assigner(state, game_manager, onboarding, profiles),
            onboarding=onboarding,
            mover=Mover(state, onboarding),
            pauser=Pauser(state),
            ending=Ending(state),
            queries=Queries(state),
            floor=Floor(state),
            game_manager=game_manager,
        )
