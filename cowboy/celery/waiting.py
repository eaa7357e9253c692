"""Queues a turn that has waited until its bot was ready, or was resumed."""

from cowboy.celery.dispatch import OpenTurn, dispatch
from cowboy.state.bindings import Binding
from cowboy.state.tables import Tables
from cowboy.state.turns import TurnRef


def dispatch_waiting_turn(tables: Tables, binding: Binding) -> bool:
    """Queue this bot's decision if it is its turn and time is left. Returns whether that was so.

    The turn may be queued already: its claim lets one command out.
    """
    turn = tables.open_turn(binding.game_id)
    if turn is None or turn.player_id != binding.player_id or turn.is_over:
        return False
    if binding.refusal() is not None:
        return False
    ref = TurnRef(binding.game_id, binding.player_id, turn.turn_no)
    dispatch([OpenTurn(ref, binding.instance)])
    return True
