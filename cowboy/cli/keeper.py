"""`cowboy keeper`: a keeper as a process."""

import click

from consumers.stand_in import StandIn
from cowboy.bots.keeper import Keeper
from cowboy.models.profiles import load_profiles
from cowboy.process.service import SideBySide, run_until_stopped
from cowboy.speaking.keeper import TalkKeeper
from cowboy.state.state import State, state
from cowboy.turns.keeper import TurnKeeper

EPILOG = """\b
Example:
  COWBOY_REDIS_URL=redis://127.0.0.1:6379/0 cowboy keeper
"""


@click.command(epilog=EPILOG)
def keeper() -> None:
    """Look after turns, bots, instances and lessons, until Ctrl-C. Any number may run."""
    run_until_stopped("keeper", lambda name: _keeper(state(), name))


def _keeper(state: State, name: str) -> SideBySide:
    keeper = Keeper(state, name, load_profiles(state.settings))
    talk = () if state.settings.talk == "off" else (TalkKeeper(state),)
    return SideBySide(keeper, TurnKeeper(state), StandIn(state, name), *talk)
