"""Twelve scenarios of a turn manager, as lines: at a time, an operation, its answer, the channel afterwards.

A state is written `order|speaker|passed|stamp`, with members of one letter. B, C, D, E, F are bots, A is a person.
Nothing is shuffled. `FAITHFUL` is how the manager behaves that is followed, `OURS` how a table behaves by default.
"""

from typing import Any, NamedTuple


class Line(NamedTuple):
    now: int
    operation: str
    arguments: tuple[Any, ...] = ()
    answer: Any = None
    state: str | None = None


def given(state: str) -> Line:
    return Line(0, "given", (state,), None, state)


def check(now: int, account: str, allowed: bool, speaker: str | None, reason: str, state: str | None = None) -> Line:
    answer = {"allowed": allowed, "current_speaker": speaker, "reason": reason}
    return Line(now, "check_turn", (account,), answer, state)


def done(now: int, account: str, speaker: str | None, state: str | None = None, *, passed: bool = False) -> Line:
    return Line(now, "on_speaker_done", (account, passed), speaker, state)


def passes(now: int, account: str, speaker: str | None, state: str | None = None) -> Line:
    return done(now, account, speaker, state, passed=True)


def heard(now: int, sender: str | None, state: str, *, person: bool = False) -> Line:
    return Line(now, "on_new_message", (sender, person), None, state)


def init(now: int, bots: str, answer: bool, state: str) -> Line:
    return Line(now, "init_turn_order", (list(bots),), answer, state)


def listed(now: int, bots: str, answer: str | None, state: str | None) -> Line:
    return Line(now, "init_turn_order_pre_populated", (list(bots),), answer, state)


def update(now: int, add: str, remove: str, answer: tuple[str, str | None, bool], state: str) -> Line:
    order, speaker, needs = answer
    values = {"turn_order": list(order), "current_speaker": speaker, "needs_handoff": needs}
    return Line(now, "update_turn_members", (list(add), list(remove)), values, state)


def activate(now: int, answer: str | None, state: str) -> Line:
    return Line(now, "activate_first_speaker", (), answer, state)


def reset(now: int, state: str) -> Line:
    return Line(now, "reset_turn", (), None, state)


ABSENT = "absent"

SPEAKING_IN_TURN = [
    given("BCD|B||0"),
    done(5000, "C", "B", "BCD|B||0"),
    done(5000, "B", "C", "BCD|C||5000"),
    heard(9000, "C", "BCD|C||5000"),
    done(10000, "C", "D", "BCD|D||10000"),
    done(12000, "D", "B", "BCD|B||12000"),
]
ALL_PASS = [
    given("BCD|C||0"),
    passes(10, "C", "D", "BCD|D|C|10"),
    passes(20, "D", "B", "BCD|B|CD|20"),
    passes(30, "B", None, "BCD|||30"),
    passes(40, "B", None, "BCD|||30"),
    Line(40, "advance_turn", (), None, "BCD|||30"),
]
NEW_CYCLE = [
    given("BCD|D|BC|0"),
    done(100, "D", "B", "BCD|B||100"),
    passes(200, "B", "C"),
    passes(300, "C", "D", "BCD|D|BC|300"),
    passes(400, "D", None, "BCD|||400"),
]
DISCOVERED = [
    init(0, "BCD", True, "BCD|||0"),
    check(0, "B", False, None, "dormant"),
    check(0, "C", False, None, "dormant"),
    check(0, "D", False, None, "dormant"),
    check(0, "A", True, None, "not_in_turn_order"),
    activate(200, "B", "BCD|B||200"),
    check(200, "B", True, "B", "is_current_speaker"),
    check(200, "C", False, "B", "not_current_speaker"),
    activate(300, None, "BCD|B||200"),
    init(900, "DCB", False, "BCD|B||200"),
]
COMPLETE_LIST = [
    listed(1000, "", None, ABSENT),
    listed(1000, "DBC", "D", "DBC|D||1000"),
    listed(1500, "", None, "DBC|D||1000"),
    listed(2000, "CB", "C", "CB|C||2000"),
]
INTERRUPTED = [
    given("BCD|D|B|0"),
    heard(700, "A", "BCD|B||700", person=True),
    done(800, "D", "B", "BCD|B||700"),
    check(800, "D", False, "B", "not_current_speaker"),
    heard(900, "A", "BCD|B||900", person=True),
]
WOKEN = [
    line
    for sender, speaker, person in [
        ("C", "D", False),
        ("D", "B", False),
        ("A", "B", True),
        (None, "B", False),
        ("unknown", "B", False),
        ("moderator", "B", False),
    ]
    for line in (given("BCD|||0"), heard(50, sender, f"BCD|{speaker}||50", person=person))
] + [given("B|||0"), heard(50, "B", "B|B||50")]
EDGE = [
    given("BCD|B||0"),
    check(60000, "B", True, "B", "is_current_speaker"),
    check(60000, "C", False, "B", "not_current_speaker"),
    check(60001, "A", True, "B", "not_in_turn_order", "BCD|B||0"),
]

FAITHFUL = {
    "1 discovery": [check(0, "B", True, None, "no_turn_state", ABSENT), *DISCOVERED],
    "2 complete list": COMPLETE_LIST,
    "3 speaking in turn": SPEAKING_IN_TURN,
    "4 all pass": ALL_PASS,
    "5 a speech starts a new cycle": NEW_CYCLE,
    "6 time-outs pass over those who passed": [
        given("BCD|B||0"),
        check(61000, "C", True, "C", "timeout_advanced_to_self", "BCD|C||61000"),
        passes(62000, "C", "D", "BCD|D|C|62000"),
        check(123000, "C", False, "B", "timeout_advanced_to_other", "BCD|B|C|123000"),
        check(184000, "C", False, "D", "timeout_advanced_to_other", "BCD|D|C|184000"),
    ],
    "7 a person interrupts": INTERRUPTED,
    "8 waking": WOKEN,
    "9 the edge of the time-out, and laziness": [
        *EDGE,
        check(60001, "B", False, "C", "timeout_advanced_to_other", "BCD|C||60001"),
        done(60001, "B", "C", "BCD|C||60001"),
        given("BCD|B||0"),
        check(600000, "D", False, "C", "timeout_advanced_to_other", "BCD|C||600000"),
        check(600000, "D", False, "C", "not_current_speaker", "BCD|C||600000"),
        given("BCD|B||0"),
        done(600000, "B", "C", "BCD|C||600000"),
    ],
    "10 time-out when every other has passed": [
        given("BCD|D|BC|0"),
        check(60001, "B", False, "D", "timeout_advanced_to_other", "BCD|D|BC|60001"),
        check(120002, "D", True, "D", "timeout_advanced_to_self", "BCD|D|BC|120002"),
        passes(120500, "D", None, "BCD|||120500"),
    ],
    "11 members come and go": [
        given("BCD|B||0"),
        update(10, "EEC", "B", ("CDE", "C", True), "CDE|C||10"),
        passes(20, "C", "D"),
        passes(30, "D", "E", "CDE|E|CD|30"),
        update(40, "", "E", ("CD", "C", True), "CD|C|CD|40"),
        check(60041, "D", False, None, "timeout_advanced_to_other", "CD||CD|60041"),
        update(60050, "", "CD", ("", None, False), "|||60050"),
        check(60050, "C", True, None, "no_turn_state"),
        update(60060, "B", "", ("B", None, False), "B|||60060"),
        check(60060, "B", False, None, "dormant"),
        activate(60060, "B", "B|B||60060"),
    ],
    "12 re-initialisation and reset": [
        given("BCD|C|B|0"),
        init(500, "DEB", False, "DEB|D|B|500"),
        init(600, "BD", False, "BD|D|B|600"),
        init(700, "E", False, "E|E||700"),
        reset(800, "E|||800"),
        init(810, "F", False, "F|||810"),
    ],
    "an update without content renews the time": [
        given("BCD|B|C|0"),
        update(59000, "", "", ("BCD", "B", False), "BCD|B|C|59000"),
        check(61000, "B", True, "B", "is_current_speaker"),
    ],
    "a doubled member": [
        listed(0, "BCBD", "B", "BCBD|B||0"),
        *[done(at, speaker, then) for at, (speaker, then) in enumerate(["BC", "CB", "BC", "CB", "BC", "CB"])],
    ],
    "a silent member keeps the word": [
        given("BCD|B|CD|0"),
        check(60001, "C", False, "B", "timeout_advanced_to_other", "BCD|B|CD|60001"),
        check(120002, "B", True, "B", "timeout_advanced_to_self", "BCD|B|CD|120002"),
    ],
    "a member that is flagged as a person": [
        given("BCD|||0"),
        heard(1, "C", "BCD|D||1", person=True),
        heard(2, "C", "BCD|B||2", person=True),
    ],
}

OURS = {
    "1 discovery: no bot speaks before there is a table": [
        check(0, "B", False, None, "no_turn_state", ABSENT),
        *DISCOVERED,
    ],
    "2 complete list": COMPLETE_LIST,
    "3 speaking in turn": SPEAKING_IN_TURN,
    "4 all pass": ALL_PASS,
    "5 a speech starts a new cycle": NEW_CYCLE,
    "6 time-outs count as passed": [
        given("BCD|B||0"),
        check(61000, "C", True, "C", "timeout_advanced_to_self", "BCD|C|B|61000"),
        passes(62000, "C", "D", "BCD|D|BC|62000"),
        check(123000, "C", False, None, "timeout_advanced_to_other", "BCD|||123000"),
        check(184000, "C", False, None, "dormant", "BCD|||123000"),
    ],
    "7 a person interrupts": INTERRUPTED,
    "7 a person is answered by the one after the last that spoke": [
        given("BCD|C||0"),
        done(10, "C", "D", "BCD|D||10"),
        heard(20, "A", "BCD|D||20", person=True),
        done(30, "D", "B", "BCD|B||30"),
        passes(40, "B", "C", "BCD|C|B|40"),
        heard(50, "A", "BCD|B||50", person=True),
    ],
    "8 waking": WOKEN,
    "8 waking goes on after the last that spoke": [
        given("BCD|B||0"),
        done(10, "B", "C"),
        reset(20, "BCD|||20"),
        heard(30, "A", "BCD|C||30", person=True),
    ],
    "9 the edge of the time-out: the late one has passed": [
        *EDGE,
        check(60001, "B", False, "C", "timeout_advanced_to_other", "BCD|C|B|60001"),
        done(60001, "B", "C", "BCD|C|B|60001"),
        given("BCD|B||0"),
        check(600000, "D", False, "C", "timeout_advanced_to_other", "BCD|C|B|600000"),
        check(600000, "D", False, "C", "not_current_speaker", "BCD|C|B|600000"),
        given("BCD|B||0"),
        done(600000, "B", "C", "BCD|C|B|600000"),
    ],
    "10 time-out when every other has passed: silence": [
        given("BCD|D|BC|0"),
        check(60001, "B", False, None, "timeout_advanced_to_other", "BCD|||60001"),
        check(120002, "D", False, None, "dormant", "BCD|||60001"),
        passes(120500, "D", None, "BCD|||60001"),
    ],
    "11 members come and go: the next has the word, and passes count": [
        given("BCD|B||0"),
        update(10, "EEC", "B", ("CDE", "C", True), "CDE|C||10"),
        passes(20, "C", "D"),
        passes(30, "D", "E", "CDE|E|CD|30"),
        update(40, "", "E", ("CD", None, False), "CD|||40"),
        check(60041, "D", False, None, "dormant", "CD|||40"),
        update(60050, "", "CD", ("", None, False), "|||60050"),
        check(60050, "C", True, None, "no_turn_state"),
        update(60060, "B", "", ("B", None, False), "B|||60060"),
        check(60060, "B", False, None, "dormant"),
        activate(60060, "B", "B|B||60060"),
    ],
    "11 a speaker in the middle is followed by the next": [
        given("BCD|C||0"),
        update(10, "E", "C", ("BDE", "D", True), "BDE|D||10"),
        given("BCD|C|D|0"),
        update(10, "", "C", ("BD", "B", True), "BD|B|D|10"),
    ],
    "12 re-initialisation keeps the places, and reset": [
        given("BCD|C|B|0"),
        init(500, "DEB", False, "BDE|D|B|500"),
        init(600, "BD", False, "BD|D|B|600"),
        init(700, "E", False, "E|E||700"),
        reset(800, "E|||800"),
        init(810, "F", False, "F|||810"),
    ],
    "an update without content changes nothing": [
        given("BCD|B|C|0"),
        update(59000, "", "", ("BCD", "B", False), "BCD|B|C|0"),
        update(59000, "C", "F", ("BCD", "B", False), "BCD|B|C|0"),
        check(60001, "D", True, "D", "timeout_advanced_to_self", "BCD|D|CB|60001"),
    ],
    "nobody sits twice": [
        listed(0, "BCBD", "B", "BCD|B||0"),
        *[done(at, speaker, then) for at, (speaker, then) in enumerate(["BC", "CD", "DB", "BC", "CD", "DB"])],
    ],
    "a silent member: the table falls silent": [
        given("BCD|B|CD|0"),
        check(60001, "C", False, None, "timeout_advanced_to_other", "BCD|||60001"),
    ],
}
