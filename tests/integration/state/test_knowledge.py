"""What characters learn, in Redis: by whom it was seen, once, bounded, in each of the three modes."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from cowboy.characters.fact import Kind, Source, Subject, fingerprint
from cowboy.characters.knowledge import FOLDED_BYTES, MOST_BYTES, Company, Knowledge, Witness, learn
from cowboy.characters.record import Rider
from cowboy.characters.watch import Seen, Sighting, Watch, see
from cowboy.game.board import State as Board
from cowboy.game.board import new_state
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import CommandType, Direction
from cowboy.settings import Settings
from cowboy.state.bindings import Binding
from cowboy.state.character_leases import Wish
from cowboy.state.client import Redis, call_all
from cowboy.state.state import State
from tests.opinions import note_opinion
from tests.tables import IDS, binding, started, step, table
from tests.unit.brains.situations import empty, facing
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

UP, LEFT, DOWN, RIGHT = Direction
SHOOT_UP = Action(CommandType.SHOOT, UP)
MOVE_LEFT = Action(CommandType.MOVE, LEFT)


class Seated(NamedTuple):
    """A character on a seat of a game."""

    rider: Rider
    bot: Binding


class Saloon:
    """Sits characters down, and tells what happens at their tables."""

    def __init__(self, state: State) -> None:
        self.state = state

    def sit(self, game_id: str, seat: int, name: str | None = None) -> Seated:
        """A new character on a seat, or a certain one."""
        (claimed,) = self.state.character_leases.claim(Wish("i1", game_id, IDS[seat], name))
        assert claimed.rider is not None, claimed.status
        bot = binding(game_id, seat, character=claimed.rider)
        self.put(bot)
        return Seated(claimed.rider, bot)

    def put(self, bot: Binding) -> None:
        self.state.redis.hset(self.state.keys.bindings(bot.game_id), bot.player_id, bot.model_dump_json())

    def tell(self, events: Sequence[StepEvent]) -> None:
        call_all(self.state.redis, [call for event in events for call in self.state.knowledge.learning(event)])

    def knows(self, name: str) -> Knowledge:
        return self.state.knowledge.of(name)


@pytest.fixture
def saloon(settings: Settings, redis: Redis) -> Callable[..., Saloon]:
    def make(mode: str = "independent", **changes: object) -> Saloon:
        return Saloon(State(settings.model_copy(update={"characters": mode} | changes), redis))

    return make


def duel() -> Board:
    """The first can hit the second by a shot up."""
    return empty(facing(3, 2, DOWN), facing(2, 5, UP))


def played(game_id: str, *actions: Action, board: Board | None = None) -> list[StepEvent]:
    state = board or duel()
    events = [started(game_id, state)]
    for action in actions:
        state, event = step(game_id, state, action)
        events.append(event)
    return events


def counts(knowledge: Knowledge) -> dict[str, dict[str, int]]:
    return {subject.field: dict(fact.counts) for subject, fact in knowledge.facts.items()}


MAP = fingerprint(duel().grid)


# -- what an event teaches --------------------------------------------------------------------------------------------


def test_each_knows_what_it_saw_with_game_turn_and_witness(saloon: Callable[..., Saloon]) -> None:
    here = saloon()
    ida, joss = here.sit("g", 0), here.sit("g", 1)
    here.tell(played("g", SHOOT_UP))
    assert counts(here.knows(joss.rider.name)) == {
        f"d {MAP} 2,5": {"lost": 1},
        f"h {ida.rider.name.lower()}": {
            "turns": 1, "games": 1, "shoot up": 1, "distance": 4, "chances": 1, "taken": 1,
        },
    }  # fmt: skip
    fact = here.knows(ida.rider.name).facts[Subject(Kind.VISITED, MAP, "3,2")]
    assert (fact.counts, fact.source[:3]) == ({"turns": 1, "dealt": 1}, ("g", 2, ida.rider.name))


def test_an_event_that_is_told_again_changes_nothing(saloon: Callable[..., Saloon]) -> None:
    here = saloon()
    ida = here.sit("g", 0)
    events = played("g", SHOOT_UP, MOVE_LEFT, MOVE_LEFT)
    here.tell(events)
    before = here.knows(ida.rider.name).fields()
    here.tell(events[2:])
    here.tell(events)
    Saloon(State(here.state.settings, here.state.redis)).tell(events)
    assert here.knows(ida.rider.name).fields() == before


def test_events_that_redis_did_not_take_are_learned_whole_when_they_are_told_again(
    saloon: Callable[..., Saloon],
) -> None:
    here = saloon()
    joss = here.sit("g", 1)
    events = played("g", MOVE_LEFT, MOVE_LEFT, SHOOT_UP, MOVE_LEFT)
    here.tell(events[:3])
    for event in events[3:]:
        here.state.knowledge.learning(event)  # and the pipeline failed
    here.tell(events[3:])
    assert counts(here.knows(joss.rider.name))[f"d {MAP} 2,4"] == {"lost": 1}


def test_nobody_knows_of_a_game_in_which_nobody_of_its_line_sat(saloon: Callable[..., Saloon]) -> None:
    here = saloon()
    ida = here.sit("g", 0)
    here.put(binding("other", 0))
    here.tell(played("other", SHOOT_UP))
    assert not here.knows(ida.rider.name).facts
    assert not here.state.knowledge.of_scope("shared").facts


def test_people_and_bots_without_a_character_are_known_by_their_seats(saloon: Callable[..., Saloon]) -> None:
    here = saloon()
    ida = here.sit("g", 0)
    here.put(binding("g", 1))
    board = empty(facing(3, 2, DOWN), facing(2, 5, UP), facing(6, 6, UP))
    here.tell(played("g", MOVE_LEFT, MOVE_LEFT, MOVE_LEFT, board=board))
    known = {subject.name for subject in here.knows(ida.rider.name).facts if subject.kind is Kind.HABITS}
    assert known == {"seat:B", "person:C"}


def test_without_the_start_of_a_game_nothing_is_learned_about_its_cells(saloon: Callable[..., Saloon]) -> None:
    here = saloon()
    ida = here.sit("g", 0)
    here.tell(played("g", SHOOT_UP, MOVE_LEFT)[1:])
    assert {subject.kind for subject in here.knows(ida.rider.name).facts} == {Kind.HABITS}


def test_a_lease_that_is_over_or_anothers_takes_no_facts(saloon: Callable[..., Saloon]) -> None:
    here = saloon(character_lease_seconds=0.2)
    ida = here.sit("g", 0)
    held = here.state.keys.characters_held
    wait_for(lambda: float(here.state.redis.zscore(held, ida.rider.name.lower()) or 0) < _now_ms(here), seconds=5)
    here.tell(played("g", SHOOT_UP))
    assert not here.knows(ida.rider.name).facts
    patient = saloon()
    again = patient.sit("h", 0, ida.rider.name)
    patient.put(binding("g2", 0, character=ida.rider))
    patient.tell(played("g2", SHOOT_UP))
    assert not patient.knows(ida.rider.name).facts, "its fence is lower by now"
    patient.tell(played("h", SHOOT_UP))
    assert patient.knows(again.rider.name).facts


def _now_ms(here: Saloon) -> float:
    seconds, micros = here.state.redis.time()  # type: ignore[misc]
    return float(seconds * 1000 + micros / 1000)


# -- the three modes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "second_before", "heir_after"),
    [("shared", True, True), ("independent", False, False), ("inherit_on_death", False, True)],
)
def test_what_a_second_one_and_an_heir_know_in_each_mode(
    saloon: Callable[..., Saloon], mode: str, second_before: bool, heir_after: bool
) -> None:
    here = saloon(mode)
    ida, person_board = here.sit("g", 1), _breaking_board()
    second = here.sit("elsewhere", 0)
    here.tell(played("g", SHOOT_UP, MOVE_LEFT, board=person_board))
    kinds = {subject.kind for subject in here.knows(ida.rider.name).facts}
    assert kinds == set(Kind), "all four kinds"
    assert {subject.kind for subject in here.knows(second.rider.name).facts} == (kinds if second_before else set())

    _, heir = call_all(here.state.redis, [here.state.careers.burying("g", IDS[1])])[0]
    known = here.knows(heir)
    assert {subject.kind for subject in known.facts} == (kinds if heir_after else set())
    depths = {known.depth(fact) for fact in known.facts.values()}
    assert depths == {"shared": {0}, "independent": set(), "inherit_on_death": {1}}[mode]
    assert {subject.kind for subject in here.knows(second.rider.name).facts} == (kinds if second_before else set())


def _breaking_board() -> Board:
    """A shot up of the first breaks a block, and hits the second."""
    board = duel()
    return board._replace(grid=board.grid.with_cell(2, 0, 1))


def test_in_the_common_scope_each_fact_counts_once_however_many_saw_it(saloon: Callable[..., Saloon]) -> None:
    here = saloon("shared")
    riders = [here.sit("g", seat) for seat in range(3)]
    board = empty(facing(3, 2, DOWN), facing(2, 5, UP), facing(6, 6, UP))
    here.tell(played("g", MOVE_LEFT, board=board))
    habits = here.knows("anybody").habits(riders[0].rider.name.lower())
    assert habits is not None
    assert habits.counts["turns"] == 1


def test_of_four_writers_with_a_thousand_observations_each_nothing_is_lost(saloon: Callable[..., Saloon]) -> None:
    here = saloon("shared")

    def write(number: int) -> None:
        mine = Saloon(State(here.state.settings, here.state.redis))
        mine.sit(f"g{number}", 0)
        board, events = new_state(default_grid(), 1), [started(f"g{number}", new_state(default_grid(), 1))]
        for turn in range(1000):
            board, event = step(f"g{number}", board, Action(CommandType.SHIELD, UP if turn % 2 else DOWN))
            events.append(event)
        for at in range(0, len(events), 100):
            mine.tell(events[at : at + 100])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    (fact,) = here.knows("anybody").cells(Kind.VISITED, fingerprint(default_grid())).values()
    assert fact.counts == {"turns": 4000}


# -- bounds, opinions, forgetting -------------------------------------------------------------------------------------


def test_knowledge_stays_under_64_kb_after_a_thousand_games(saloon: Callable[..., Saloon]) -> None:
    here = saloon("independent", character_lease_seconds=600)
    ida = here.sit("g0", 0)
    sightings = 0
    for number in range(1000):
        game_id = f"11111111-2222-3333-4444-{number:012}"
        here.put(ida.bot.model_copy(update={"game_id": game_id}))
        grid = default_grid().with_cell(0, 0, number % 90).with_cell(0, 1, number // 90)
        board = new_state(grid, 4)
        steps = [Action(CommandType.MOVE, list(Direction)[(number + turn) % 4]) for turn in range(4)]
        events, state = [started(game_id, board)], board
        for action in steps:
            try:
                state, event = step(game_id, state, action)
            except AssertionError:
                state, event = step(game_id, state, Action(CommandType.SHIELD, UP))
            events.append(event)
        here.tell(events)
        sightings += 1
    stored: dict[str, str] = here.state.redis.hgetall(here.state.keys.knowledge(ida.rider.name.lower()))  # type: ignore[assignment]
    assert sum(len(field.encode()) + len(text.encode()) for field, text in stored.items()) < 64_000
    knowledge = here.knows(ida.rider.name)
    visited = sum(fact.counts["turns"] for subject, fact in knowledge.facts.items() if subject.kind is Kind.VISITED)
    assert visited == sightings, "what was folded is still counted"


facts = st.lists(
    st.tuples(
        st.sampled_from(Kind), st.integers(0, 40), st.integers(0, 3), st.integers(0, 5), st.none() | st.integers(0, 3)
    ),
    max_size=60,
)


@limits(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts)
def test_what_is_stored_is_folded_as_the_pure_part_folds(
    saloon: Callable[..., Saloon], sightings: list[tuple[Kind, int, int, int, int | None]]
) -> None:
    here, most, folded = saloon("shared"), 4_000, 3_000
    redis, keys = here.state.redis, here.state.keys
    for key in redis.scan_iter(f"{keys.prefix}*"):
        redis.delete(key)
    ida = here.sit("g", 0).rider.name
    players, pure = table("g", duel()).state.players, Knowledge()
    for turn, (kind, place, map_number, count, left) in enumerate(sightings, start=1):
        opponent = f"joss {place}"
        other = Rider(name=opponent, fence=1, token="t")
        here.put(binding("g", 1, character=other))
        subject = Subject(kind, opponent) if kind is Kind.HABITS else Subject(kind, f"m{map_number}", f"{place},1")
        shown = IDS[1] if kind is Kind.HABITS else subject.place
        sighting = Sighting(kind, shown, (IDS[0],), {"turns": count, "lost": place}, left)
        seen = Seen(turn, turn * 3 % 5, (sighting,), f"m{map_number}")
        call = here.state.knowledge.teaching("g", players, seen)
        call_all(redis, [call._replace(args=[*call.args[:5], most, folded, *call.args[7:]])])
        pure.add(subject, sighting.counts, Source("g", turn, ida, seen.at_ms), left)
        pure.fold(most, folded)
    assert here.knows(ida).facts == pure.facts
    assert int(redis.hget(keys.knowledge("shared"), "bytes") or 0) == pure.bytes  # type: ignore[arg-type]


def test_the_bounds_leave_room_below_64_kb() -> None:
    assert FOLDED_BYTES < MOST_BYTES < 64_000


def test_stored_knowledge_is_what_the_pure_part_learns_from_the_same_events(saloon: Callable[..., Saloon]) -> None:
    here = saloon("shared")
    riders = [here.sit("g", seat) for seat in range(2)]
    events = played("g", SHOOT_UP, MOVE_LEFT, MOVE_LEFT, MOVE_LEFT, SHOOT_UP, board=_breaking_board())
    here.tell(events)
    witnesses = {IDS[seat]: Witness(riders[seat].rider.name, "shared") for seat in range(2)}
    company = Company(
        "g",
        fingerprint(_breaking_board().grid),
        witnesses,
        {player: witness.name.lower() for player, witness in witnesses.items()},
    )
    pure = Knowledge()
    watch: Watch | None = None
    for event in events:
        watch, seen = see(watch, event)
        if seen is not None:
            learn({"shared": pure}, company, seen)
    assert here.state.knowledge.of_scope("shared").facts == pure.facts


def test_opinions_are_kept_one_a_game_fade_and_are_handed_to_nobody(saloon: Callable[..., Saloon]) -> None:
    here = saloon("inherit_on_death")
    ida = here.sit("g", 0)
    for text in ("first thought", "second thought"):
        assert note_opinion(here.state, ida.rider, text, "g")
    assert [opinion.text for opinion in here.state.knowledge.opinions(ida.rider.name)] == ["second thought"]
    here.tell(played("g", SHOOT_UP))
    assert all("thought" not in text for text in here.knows(ida.rider.name).fields().values())

    for later in ("h", "i", "j"):
        call_all(here.state.redis, here.state.knowledge.closing(later, [ida.bot]))
        call_all(here.state.redis, here.state.knowledge.closing(later, [ida.bot]))
    assert not any(opinion.text for opinion in here.state.knowledge.opinions(ida.rider.name))

    assert note_opinion(here.state, ida.rider, "B is weak", "k")
    assert not note_opinion(here.state, ida.rider.model_copy(update={"fence": 0}), "not mine any more", "l")
    assert [opinion.text for opinion in here.state.knowledge.opinions(ida.rider.name)][:1] == ["B is weak"]
    _, heir = call_all(here.state.redis, [here.state.careers.burying("g", IDS[0])])[0]
    assert here.knows(heir).facts
    assert here.state.knowledge.opinions(heir) == ()


def test_what_a_brain_without_a_model_notes_is_no_opinion(saloon: Callable[..., Saloon]) -> None:
    here = saloon()
    ida = here.sit("g", 0)
    note_opinion(here.state, ida.rider, "83AF99C1", model=None)
    assert here.state.knowledge.opinions(ida.rider.name) == ()


def test_an_opponent_is_forgotten_by_all_and_learned_anew_only_by_what_comes_later(
    saloon: Callable[..., Saloon],
) -> None:
    here = saloon()
    ida = here.sit("g", 0)
    here.tell(played("g", SHOOT_UP, MOVE_LEFT))
    assert here.knows(ida.rider.name).habits("person:B") is not None
    assert here.state.knowledge.forget("person:B") == 1
    assert here.knows(ida.rider.name).habits("person:B") is None
    assert here.state.knowledge.forget("person:B") == 0
    stored: dict[str, str] = here.state.redis.hgetall(here.state.keys.knowledge(ida.rider.name.lower()))  # type: ignore[assignment]
    assert int(stored["bytes"]) == here.knows(ida.rider.name).bytes


# -- what a bot is told -----------------------------------------------------------------------------------------------


def test_a_bot_is_told_what_its_character_knows_of_this_map_and_of_these_opponents(
    saloon: Callable[..., Saloon],
) -> None:
    here = saloon()
    ida, joss = here.sit("g", 0), here.sit("g", 1)
    here.tell(played("g", SHOOT_UP, MOVE_LEFT))
    call_all(here.state.redis, [here.state.character_leases.releasing([ida.rider, joss.rider])])

    again, other = here.sit("h", 1, ida.rider.name), here.sit("h", 0, joss.rider.name)
    here.tell([started("h", duel())])
    experience = here.state.knowledge.experience(again.bot, table("h", duel()))
    assert experience is not None
    assert [(cell.row, cell.col, cell.turns, cell.dealt) for cell in experience.cells] == [(3, 2, 1, 1)]
    assert [(habits.seat, habits.name) for habits in experience.opponents] == [("A", other.rider.name.lower())]

    here.tell([started("elsewhere", new_state(default_grid(), 2))])
    moved = here.state.knowledge.experience(
        binding("elsewhere", 1, character=again.rider, bot_id="x"), table("elsewhere")
    )
    assert moved is None, "another map, other opponents"


def test_a_bot_is_told_nothing_where_characters_are_off(saloon: Callable[..., Saloon]) -> None:
    seated = saloon().sit("g", 0)
    assert saloon("off").state.knowledge.experience(seated.bot, table("g", duel())) is None


def test_experience_is_read_once_a_game(saloon: Callable[..., Saloon]) -> None:
    here = saloon()
    ida = here.sit("g", 0)
    here.tell(played("g", SHOOT_UP))
    first = here.state.knowledge.experience(ida.bot, table("g", duel()))
    here.state.redis.delete(here.state.keys.knowledge(ida.rider.name.lower()))
    assert first is not None
    assert here.state.knowledge.experience(ida.bot, table("g", duel())) == first


def test_a_fact_that_cannot_be_read_takes_nothing_else_with_it(saloon: Callable[..., Saloon]) -> None:
    here = saloon()
    ida = here.sit("g", 0)
    here.tell(played("g", SHOOT_UP))
    key = here.state.keys.knowledge(ida.rider.name.lower())
    here.state.redis.hset(key, mapping={"d m 1,1": "{", "v": json.dumps({}), "h x": "[]"})
    assert here.knows(ida.rider.name).facts
