"""Knowledge: what is added, folded, handed down and forgotten."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cowboy.characters.fact import Fact, Kind, Source, Subject
from cowboy.characters.knowledge import MOST_BYTES, Company, Knowledge, Witness, learn
from cowboy.characters.watch import Seen, Sighting

IDA = {"a": Witness("Ida", "ida")}
CELL = Subject(Kind.DANGER, "m", "3,5")


def danger(turn_no: int, at_ms: int, cell: str = "3,5", lost: int = 1) -> Seen:
    return Seen(turn_no, at_ms, (Sighting(Kind.DANGER, cell, ("a",), {"lost": lost}),))


def told(*all_seen: Seen, scopes: dict[str, Knowledge] | None = None, map_name: str | None = "m") -> Knowledge:
    known = scopes or {"ida": Knowledge()}
    for seen in all_seen:
        learn(known, Company("game-1", map_name, IDA, {"a": "ida", "b": "joss"}), seen)
    return known["ida"]


def test_a_fact_adds_up_and_names_its_latest_game_turn_and_witness() -> None:
    assert told(danger(4, 40), danger(9, 90, lost=2)).facts == {CELL: Fact({"lost": 3}, Source("game-1", 9, "Ida", 90))}


def test_an_older_sighting_that_comes_later_counts_but_is_not_the_source() -> None:
    assert told(danger(9, 90), danger(4, 40)).facts == told(danger(4, 40), danger(9, 90)).facts


def test_without_the_map_nothing_is_known_of_its_cells() -> None:
    assert told(danger(4, 40), map_name=None).facts == {}


def test_facts_of_one_map_say_nothing_about_another() -> None:
    knowledge = told(danger(4, 40))
    assert knowledge.cells(Kind.DANGER, "m")
    assert not knowledge.cells(Kind.DANGER, "another")


def test_in_a_common_scope_a_fact_counts_once_however_many_saw_it() -> None:
    riders = {"a": Witness("Ida", "shared"), "b": Witness("Joss", "shared")}
    scopes = {"shared": Knowledge()}
    block = Sighting(Kind.BLOCK, "1,1", ("a", "b"), {"struck": 1, "broken": 0}, 1)
    learn(scopes, Company("g", "m", riders, {}), Seen(2, 20, (block,)))
    assert scopes["shared"].facts[Subject(Kind.BLOCK, "m", "1,1")].counts == {"struck": 1, "broken": 0}


def test_an_heir_knows_the_same_one_death_further_away() -> None:
    heir = told(danger(4, 40)).inherited()
    fact = heir.facts[CELL]
    assert (fact.counts, heir.depth(fact)) == ({"lost": 1}, 1)
    learn({"ida": heir}, Company("game-2", "m", IDA, {}), danger(2, 900))
    assert heir.depth(heir.facts[CELL]) == 0
    assert heir.facts[CELL].first_generation == 0
    assert heir.inherited().depth(heir.facts[CELL]) == 1


def test_the_copies_are_independent() -> None:
    first = told(danger(4, 40))
    heir = first.inherited()
    learn({"ida": heir}, Company("game-2", "m", IDA, {}), danger(2, 900))
    assert first.facts[CELL].counts == {"lost": 1}


def test_it_stays_bounded_and_its_sums_stay_true_after_many_maps_and_opponents() -> None:
    known = {"ida": Knowledge()}
    for game in range(60):
        for turn in range(40):
            cell = f"{turn % 8},{turn // 8}"
            sightings = (
                Sighting(Kind.VISITED, cell, ("a",), {"turns": 1}),
                Sighting(Kind.HABITS, "b", ("a",), {"turns": 1, "move up": 1}),
            )
            seen = Seen(turn + 2, game * 1000 + turn, sightings)
            learn(known, Company(f"game-{game}", f"map-{game}", IDA, {"b": f"joss {game}"}), seen)
    knowledge = known["ida"]
    assert knowledge.bytes == Knowledge(knowledge.facts).bytes <= MOST_BYTES
    for kind in (Kind.VISITED, Kind.HABITS):
        assert sum(fact.counts["turns"] for subject, fact in knowledge.facts.items() if subject.kind is kind) == 2400
    assert len(knowledge.cells(Kind.VISITED, "map-59")) == 40, "the newest is whole"
    assert not knowledge.cells(Kind.VISITED, "map-0"), "the oldest is folded"


def test_what_is_stored_is_what_was_known_and_what_cannot_be_read_is_left_out() -> None:
    knowledge = told(danger(4, 40)).inherited()
    fields = knowledge.fields() | {"bytes": "12", "d broken": "{", "v m 1,1": '{"n":3}', "x": "y"}
    again = Knowledge.of_fields(fields)
    assert (again.facts, again.generation) == (knowledge.facts, 1)


facts = st.builds(
    Fact,
    st.dictionaries(st.sampled_from(["turns", "lost", "dealt"]), st.integers(0, 9), max_size=3),
    st.builds(Source, st.sampled_from("gh"), st.integers(1, 3), st.sampled_from(["Ida", "Joss"]), st.integers(0, 3)),
    st.integers(0, 2),
    st.integers(0, 2),
    st.none() | st.integers(0, 2),
)


@settings(max_examples=200, deadline=None)
@given(facts, facts)
def test_the_order_of_two_sightings_changes_no_sum_and_no_source(one: Fact, other: Fact) -> None:
    there, back = one.joined(other), other.joined(one)
    assert (there.counts, there.source, there.first_generation) == (back.counts, back.source, back.first_generation)
