"""What events show, and who saw it."""

from collections.abc import Iterable

from cowboy.characters.fact import Kind, fingerprint
from cowboy.characters.watch import Seen, Sighting, Watch, see
from cowboy.game.board import Grid, State, new_state
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import CommandType, Direction, ResultStatus
from tests.tables import IDS, started, step
from tests.unit.brains.situations import empty, facing

UP, LEFT, DOWN, RIGHT = Direction


def events_of(state: State, *actions: Action) -> list[StepEvent]:
    events = [started("g", state)]
    for action in actions:
        state, event = step("g", state, action)
        events.append(event)
    return events


def seen_in(events: Iterable[StepEvent]) -> list[Seen]:
    watch: Watch | None = None
    found = []
    for event in events:
        watch, seen = see(watch, event)
        if seen is not None:
            found.append(seen)
    return found


def of_kind(seen: Seen, kind: Kind) -> list[Sighting]:
    return [sighting for sighting in seen.sightings if sighting.kind is kind]


def shoot(direction: Direction) -> Action:
    return Action(CommandType.SHOOT, direction)


def move(direction: Direction) -> Action:
    return Action(CommandType.MOVE, direction)


def duel() -> State:
    """Seat 0 can hit seat 1 by a shot up."""
    return empty(facing(3, 2, DOWN), facing(2, 5, UP), facing(6, 6, UP))


def test_the_start_shows_the_map_and_nothing_else() -> None:
    (seen,) = seen_in([started("g")])
    assert seen.map == fingerprint(default_grid())
    assert not seen.sightings


def test_maps_of_other_size_or_blocks_have_other_fingerprints() -> None:
    grids = [Grid(3, 4, (0,) * 12), Grid(4, 3, (0,) * 12), Grid(3, 4, (0,) * 11 + (1,)), default_grid()]
    assert len({fingerprint(grid) for grid in grids}) == len(grids)


def test_the_one_who_acted_knows_where_it_stood_and_nobody_else_does() -> None:
    seen = seen_in(events_of(duel(), move(LEFT)))[-1]
    assert of_kind(seen, Kind.VISITED) == [Sighting(Kind.VISITED, "3,1", (IDS[0],), {"turns": 1})]


def test_the_one_who_was_hit_knows_the_danger_of_its_cell() -> None:
    seen = seen_in(events_of(duel(), shoot(UP)))[-1]
    assert of_kind(seen, Kind.DANGER) == [Sighting(Kind.DANGER, "2,5", (IDS[1],), {"lost": 1})]
    assert of_kind(seen, Kind.VISITED)[0].counts == {"turns": 1, "dealt": 1}


def test_the_others_know_the_habits_of_the_one_who_acted() -> None:
    (habits,) = of_kind(seen_in(events_of(duel(), shoot(UP)))[-1], Kind.HABITS)
    assert habits.subject == IDS[0]
    assert habits.witnesses == IDS[1:3]
    assert habits.counts == {"turns": 1, "games": 1, "shoot up": 1, "distance": 4, "chances": 1, "taken": 1}


def test_a_chance_that_was_not_taken_counts_as_a_chance() -> None:
    (habits,) = of_kind(seen_in(events_of(duel(), move(LEFT)))[-1], Kind.HABITS)
    assert habits.counts["chances"] == 1
    assert habits.counts["taken"] == 0


def test_what_somebody_does_after_it_was_hit_is_its_reply_even_if_others_act_between() -> None:
    hits_the_last = empty(facing(3, 2, DOWN), facing(6, 6, UP), facing(2, 5, UP))
    seen = seen_in(events_of(hits_the_last, shoot(UP), move(UP), Action(CommandType.SHIELD, DOWN), move(UP)))
    replies = [of_kind(one, Kind.HABITS)[0].counts for one in seen[1:]]
    assert [[name for name in counts if name.startswith("struck")] for counts in replies] == [
        [],
        [],
        ["struck shield"],
        [],
    ]


def test_a_block_that_loses_strength_is_known_to_all_with_what_is_left() -> None:
    grid = Grid(5, 5, tuple(1 if cell == 14 else 2 if cell == 10 else 0 for cell in range(25)))
    state = new_state(grid, 2)._replace(players=(facing(3, 2, DOWN), facing(0, 0, UP)))
    blocks = of_kind(seen_in(events_of(state, shoot(UP)))[-1], Kind.BLOCK)
    assert [(block.subject, block.counts, block.left) for block in blocks] == [
        ("2,0", {"struck": 1, "broken": 0}, 1),
        ("2,4", {"struck": 1, "broken": 1}, 0),
    ]
    assert {block.witnesses for block in blocks} == {IDS[:2]}


def test_who_dies_sees_what_killed_it_and_nothing_afterwards() -> None:
    state = empty(facing(3, 2, DOWN), facing(2, 5, UP, hp=1), facing(6, 6, UP))
    killed, after = seen_in(events_of(state, shoot(UP), move(UP)))[1:]
    assert IDS[1] in of_kind(killed, Kind.HABITS)[0].witnesses
    assert of_kind(killed, Kind.DANGER)[0].witnesses == (IDS[1],)
    assert all(IDS[1] not in sighting.witnesses for sighting in after.sightings)


def test_after_a_gap_an_event_teaches_only_what_it_shows_by_itself() -> None:
    events = events_of(duel(), move(LEFT), move(UP), move(UP), move(LEFT), move(UP))
    seen = seen_in([events[0], events[5]])[-1]
    assert {sighting.kind for sighting in seen.sightings} == {Kind.VISITED, Kind.HABITS}
    assert "chances" not in of_kind(seen, Kind.HABITS)[0].counts


def test_a_command_that_was_refused_shows_nothing() -> None:
    _, event = step("g", duel(), move(LEFT))
    refused = event.model_copy(update={"result_status": ResultStatus.INVALID_TURN})
    watch = Watch(1, event.state_after)
    assert see(watch, refused) == (watch, None)
