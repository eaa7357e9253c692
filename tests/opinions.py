"""Opinions: what a bot's model notes in its character's name, which only the holder of the lease may."""

from cowboy.characters.record import Rider
from cowboy.state.client import call_all
from cowboy.state.notes import TurnNote
from cowboy.state.state import State
from cowboy.state.turns import TurnRef
from tests.tables import IDS, a_record, binding

TURN_NO = 3


def note_opinion(
    state: State, rider: Rider, text: str = "B is weak", game_id: str = "g1", model: str | None = "m"
) -> bool:
    """Whether it was kept."""
    record = a_record(TURN_NO).model_copy(update={"model": model})
    bot = binding(game_id, 0, character=rider)
    note = TurnNote(TurnRef(game_id, IDS[0], TURN_NO), bot, None, record, None, text)  # type: ignore[arg-type]
    return call_all(state.redis, state.knowledge.noting(note)) == [1]
