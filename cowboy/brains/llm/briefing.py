"""The board in words, from the side of the player whose turn it is: who is near, who can hit whom, what may be done.

Models are poor at the geometry of the laser, so everything that the rules can compute is said rather than left to them.
Only numbers and words of the game stand here; nothing that anybody else wrote.
"""

from collections.abc import Iterator, Sequence

from cowboy.brains.sight import shots_at
from cowboy.game import rules
from cowboy.game.board import State
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction, PlayerName, Refusal

_NAMES = tuple(PlayerName)


def options_of(state: State) -> tuple[Action, ...]:
    """All that may be chosen but a speech, in the order in which it is listed and numbered."""
    return tuple(sorted(rules.legal_actions(state), key=lambda action: list(CommandType).index(action.kind)))


def brief(state: State, options: Sequence[Action], may_speak: bool = True) -> str:
    """The whole of it; the last list is what may be chosen."""
    speech = "speak <text> (at most 140 characters; it uses up the turn and changes nothing else)"
    return "\n".join(
        (
            f"You are {_NAMES[state.current]}: {_place(state, state.current)}.",
            "Next to you: " + "; ".join(f"{side}: {_neighbour(state, side)}" for side in Direction) + ".",
            "The others:",
            *(f"- {_NAMES[seat]}: {_place(state, seat)}; {_danger(state, seat)}." for seat in _enemies(state)),
            "You may give one of these commands; no other is legal:",
            *(f"{number}. {_line(state, action)}" for number, action in enumerate(options, start=1)),
            f"or: {speech}" if may_speak else "You spoke lately, so there is no speaking now.",
        )
    )


def name_of(action: Action) -> str:
    """A command as it is listed and answered, such as `shoot left`."""
    return f"{action.kind} {action.direction or action.text}"


def _enemies(state: State) -> list[int]:
    return [seat for seat in state.alive if seat != state.current]


def _place(state: State, seat: int) -> str:
    player = state.players[seat]
    return f"row {player.row}, column {player.col}, {player.hp} hp, shield {player.shield}"


def _neighbour(state: State, side: Direction) -> str:
    row, col = state.actor.row + side.step[0], state.actor.col + side.step[1]
    if not state.grid.contains(row, col):
        return "the edge"
    if strength := state.grid.at(row, col):
        return "a rock" if strength < 0 else f"a block of strength {strength}"
    occupant = state.occupant(row, col)
    return "free" if occupant is None else f"player {_NAMES[occupant]}"


def _danger(state: State, seat: int) -> str:
    shots = shots_at(state, state.standing, seat, state.current)
    return f"could hit you now by shooting {' or '.join(shots)}" if shots else "could not hit you now"


def _line(state: State, action: Action) -> str:
    after = rules.apply(state, action)
    if isinstance(after, Refusal) or action.direction is None:
        raise TypeError(f"{action} was legal and is refused with {after}: the rules contradict themselves")
    return f"{name_of(action)}: " + "; ".join((*_effects(state, action, action.direction), _exposure(state, after)))


def _effects(state: State, action: Action, direction: Direction) -> Iterator[str]:
    if action.kind is CommandType.MOVE:
        row, col = state.actor.row + direction.step[0], state.actor.col + direction.step[1]
        yield f"you stand at row {row}, column {col}"
    elif action.kind is CommandType.SHIELD:
        yield "your shield stays" if direction is state.actor.shield else f"your shield turns {direction}"
    elif hit := rules.shot_hits(state, direction):
        yield "hits " + " and ".join(
            f"{_NAMES[seat]} ({state.players[seat].hp - rules.DAMAGE} hp left)" for seat in hit
        )
    else:
        yield "hits nobody" + (", weakens a block" if rules.shot_strikes(state, direction) else "")


def _exposure(before: State, after: State) -> str:
    """Who could hit us once it is done."""
    me, standing = before.current, after.standing
    threats = [_NAMES[seat] for seat in after.alive if seat != me and shots_at(after, standing, seat, me)]
    return f"then {' and '.join(threats)} could hit you" if threats else "then nobody could hit you"
