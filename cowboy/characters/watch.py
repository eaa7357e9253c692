"""The watch: what the step events of one game show, and who at the table saw it. A pure fold over the events.

A player sees what happens as long as it lives, up to the event that takes its last hit point. After a gap in the events
the next one teaches what it shows by itself, without what was before.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cowboy.characters.fact import Kind, fingerprint
from cowboy.game import rules
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import GameState
from cowboy.game.words import DIRECTED, CommandType, Direction, StepEventType


class Sighting(NamedTuple):
    """One thing that an event shows. `subject` is a cell as `row,col`, or for habits the id of the player that acted.

    `witnesses` are the ids of the players that saw it, in seat order.
    """

    kind: Kind
    subject: str
    witnesses: tuple[str, ...]
    counts: Mapping[str, int]
    left: int | None = None


class Seen(NamedTuple):
    """What one event shows. `turn_no` is the event's: each turn of a game is seen once.

    `map` is the map's fingerprint where the event shows the map as the game began, otherwise None.
    """

    turn_no: int
    at_ms: int
    sightings: tuple[Sighting, ...] = ()
    map: str | None = None


class Watch(NamedTuple):
    """The last event. `struck` are the seats that lost hit points since their own last turn."""

    turn_no: int
    state: GameState
    struck: frozenset[int] = frozenset()


def see(watch: Watch | None, event: StepEvent) -> tuple[Watch | None, Seen | None]:
    """The watch after an event, and what it shows. Returns None for an event that consumed no turn.

    An event that was seen before, or comes from before the watch, begins the watch anew: the caller reads again.
    """
    at_ms = int(event.created_at.timestamp() * 1000)
    if event.event_type is StepEventType.GAME_STARTED and event.command is None:
        seen = Seen(event.turn_no, at_ms, map=fingerprint(event.state_after.map.to_grid()))
        return Watch(event.turn_no, event.state_after), seen
    if not event.consumed_a_turn or event.command is None:
        return watch, None
    before = watch if watch is not None and watch.turn_no == event.turn_no - 1 else None
    actor = event.state_after.seat_of(event.command.player_id)
    lost = _lost(before, event.state_after)
    struck = (before.struck if before is not None else frozenset()) - {actor} | {
        seat for seat in lost if lost[seat] > 0
    }
    sightings = tuple(_sightings(before, event, event.command, actor, lost))
    return Watch(event.turn_no, event.state_after, frozenset(struck)), Seen(event.turn_no, at_ms, sightings)


def _sightings(
    before: Watch | None, event: StepEvent, command: Command, actor: int | None, lost: Mapping[int, int]
) -> list[Sighting]:
    state = event.state_after
    players = state.players
    # Without the event before nobody knows who died just now: only the living are witnesses then.
    living = before.state.alive if before is not None else state.alive
    witnesses = tuple(player.player_id for player in living)
    sightings = [
        Sighting(Kind.DANGER, _cell(players[seat].row, players[seat].col), (players[seat].player_id,), {"lost": points})
        for seat, points in lost.items()
        if points > 0
    ]
    sightings += [
        Sighting(Kind.BLOCK, _cell(row, col), witnesses, {"struck": 1, "broken": int(now == 0)}, now)
        for row, col, now in _weakened(before, state)
    ]
    if actor is None:
        return sightings
    me = players[actor]
    stood = {"turns": 1}
    if command.command_type is CommandType.SHOOT and (dealt := sum(lost.values())):
        stood["dealt"] = dealt
    sightings.append(Sighting(Kind.VISITED, _cell(me.row, me.col), (me.player_id,), stood))
    others = tuple(witness for witness in witnesses if witness != me.player_id)
    if others:
        sightings.append(Sighting(Kind.HABITS, me.player_id, others, _habits(before, state, command, actor)))
    return sightings


def _habits(before: Watch | None, state: GameState, command: Command, actor: int) -> dict[str, int]:
    """What a turn adds to the habits of the one that acted."""
    kind = command.command_type
    directed = kind in DIRECTED and command.direction is not None
    counts = {"turns": 1, f"{kind} {command.direction}" if directed else str(kind): 1}
    if command.turn_no <= len(state.players):
        counts["games"] = 1  # everybody acts once in the first round
    if (distance := _nearest(state, actor)) is not None:
        counts["distance"] = distance
    if before is None:
        return counts
    if actor in before.struck:
        counts[f"struck {kind}"] = 1
    if _could_hit(before.state, actor):
        counts["chances"] = 1
        counts["taken"] = int(kind is CommandType.SHOOT)
    elif kind is CommandType.MOVE and (was := _nearest(before.state, actor)) is not None and distance is not None:
        counts["closer" if distance < was else "apart"] = 1
    return counts


def _lost(before: Watch | None, state: GameState) -> dict[int, int]:
    """Seat → hit points lost in this event, as far as can be told."""
    if before is None or len(before.state.players) != len(state.players):
        return {}
    return {
        seat: max(0, was.hp) - max(0, now.hp)
        for seat, (was, now) in enumerate(zip(before.state.players, state.players, strict=True))
    }


def _weakened(before: Watch | None, state: GameState) -> list[tuple[int, int, int]]:
    """(row, column, what is left) of the blocks that lost strength."""
    if before is None or before.state.map is state.map or before.state.map.cells == state.map.cells:
        return []
    return [
        (row, col, now)
        for row, (line_before, line) in enumerate(zip(before.state.map.cells, state.map.cells, strict=False))
        for col, (was, now) in enumerate(zip(line_before, line, strict=False))
        if was > now >= 0
    ]


def _could_hit(state: GameState, actor: int) -> bool:
    """Whether a legal shot of this player would have hurt somebody."""
    board = state.to_board(actor, 1, 1)
    return any(
        rules.shot_refusal(board, direction) is None and rules.shot_hits(board, direction) for direction in Direction
    )


def _nearest(state: GameState, actor: int) -> int | None:
    """Steps to the nearest living enemy, as the crow walks."""
    me = state.players[actor]
    steps = [
        abs(other.row - me.row) + abs(other.col - me.col)
        for seat, other in enumerate(state.players)
        if seat != actor and other.alive
    ]
    return min(steps, default=None)


def _cell(row: int, col: int) -> str:
    return f"{row},{col}"
