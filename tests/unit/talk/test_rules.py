"""What always holds of a table, by random walks; the rules of speakers."""

import random
from collections import Counter

import pytest

from cowboy.talk.rules import Rules
from cowboy.talk.speakers import RANDOM, ROUND_ROBIN, SPEAKER_RULES, URGENT
from cowboy.talk.table import Done, Expired, Heard, Listed, MembersChanged, Silenced, Talk, Urged
from cowboy.talk.words import TURN_MS
from tests.talk_walk import walk

BOTS = ("B", "C", "D")


@pytest.mark.parametrize("rules", ["faithful", "ours"])
@pytest.mark.parametrize("speakers", SPEAKER_RULES)
def test_whatever_happens_what_must_hold_holds(rules, speakers):
    seen = walk(3_000, 11, rules, speakers)
    assert len(seen) > 30


def test_the_same_inputs_end_the_same():
    assert walk(500, 3, "ours", "random") == walk(500, 3, "ours", "random")


def test_nobody_at_a_dead_table_is_asked_twice():
    talk, _, _ = Rules().step(None, Listed(BOTS), 0, list)
    for turn in (1, 2, 3):
        assert talk.speaker is not None
        talk, outcome, events = Rules().step(talk, Expired(turn), turn * (TURN_MS + 1), list)
    assert (talk.speaker, outcome.cause, [told.type for told in events]) == (None, "expired", ["dormant"])


def test_a_turn_that_has_ended_ends_no_later_one_of_the_same_member():
    talk, *_ = Rules().step(None, Listed(("B",)), 0, list)
    talk, *_ = Rules().step(talk, Done("B", no_reply=False, turn_seq=1), 1, list)
    after, outcome, events = Rules().step(talk, Done("B", no_reply=True, turn_seq=1), 2, list)
    assert (after, outcome.cause, events) == (talk, "stale_turn", ())


def test_each_turn_has_one_event():
    talk, _, made = Rules().step(None, Listed(BOTS), 0, list)
    talk, _, left = Rules().step(talk, MembersChanged((), ("B",)), 1, list)
    _, _, silenced = Rules().step(talk, Silenced(), 2, list)
    told = [(event.type, event.turn_seq, event.speaker, event.deadline_ms) for event in (*made, *left, *silenced)]
    assert told == [
        ("members", 1, "B", TURN_MS),
        ("handoff", 1, "B", TURN_MS),
        ("members", 2, "C", TURN_MS + 1),
        ("handoff", 2, "C", TURN_MS + 1),
        ("reset", 3, None, None),
    ]


def _spoken(rules: Rules, turns: int, urges: dict[str, int] | None = None) -> list[str]:
    """Who has the word, turn after turn; all speak, and say anew each time how much they want to."""
    chance = random.Random(5)
    talk, *_ = rules.step(None, Listed(BOTS), 0, list)
    heard = []
    for _ in range(turns):
        for bot, level in (urges or {}).items():
            talk, *_ = rules.step(talk, Urged(bot, level), 0, list)
        heard.append(talk.speaker)
        talk, *_ = rules.step(talk, Done(talk.speaker, no_reply=False), 0, chance.shuffle)
    return heard


def test_round_robin_goes_around():
    assert "".join(_spoken(Rules(speakers=ROUND_ROBIN), 7)) == "BCDBCDB"


def test_the_most_urgent_is_next_and_ties_go_around():
    talk = Talk(BOTS, "B", urgency={"C": 1, "D": 3}, turn_seq=1)
    talk, *_ = Rules(speakers=URGENT).step(talk, Done("B", no_reply=False), 0, list)
    assert talk.speaker == "D"
    talk, *_ = Rules(speakers=URGENT).step(talk, Done("D", no_reply=False), 0, list)
    assert talk.speaker == "C"
    assert "".join(_spoken(Rules(speakers=URGENT), 7)) == "BCDBCDB"


def test_chance_gives_equal_shares_in_no_fixed_order():
    spoken = _spoken(Rules(speakers=RANDOM), 300)
    assert set(Counter(spoken).values()) == {100}
    assert "".join(spoken) != "BCD" * 100


def test_a_person_starts_who_is_answered_by_each_in_turn():
    talk, *_ = Rules().step(None, Listed(BOTS), 0, list)
    answers = []
    for _ in range(6):
        talk, *_ = Rules().step(talk, Heard("A", is_human=True), 0, list)
        answers.append(talk.speaker)
        talk, *_ = Rules().step(talk, Done(talk.speaker, no_reply=False), 0, list)
    assert "".join(answers) == "BCDBCD"


def test_faithful_rules_go_around_whatever_the_rule_of_speakers():
    assert "".join(_spoken(Rules("faithful", URGENT), 4, {"D": 4})) == "BCDB"
