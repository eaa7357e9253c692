"""Turn orders in memory: twelve scenarios by both sets of rules."""

import pytest

from cowboy.talk.order import TurnOrder
from cowboy.talk.table import Talk
from tests.talk_scenarios import ABSENT, FAITHFUL, OURS

SCENARIOS = [("faithful", name) for name in FAITHFUL] + [("ours", name) for name in OURS]
LINES = {"faithful": FAITHFUL, "ours": OURS}


def _read(state: str) -> Talk:
    order, speaker, passed, stamp = state.split("|")
    return Talk(tuple(order), speaker or None, tuple(passed), int(stamp))


def _shown(order: TurnOrder, channel: str) -> str:
    info = order.debug_info(channel)
    if not info["has_turn_state"]:
        return ABSENT
    values = (info["turn_order"], info["current_speaker"] or "", info["no_replied_this_cycle"], info["last_changed_at"])
    return "|".join("".join(value) if isinstance(value, list) else str(value) for value in values)


@pytest.mark.parametrize(("rules", "name"), SCENARIOS)
def test_a_scenario_goes_as_it_is_written(rules, name):
    now = [0]
    order = TurnOrder(rules=rules, clock=lambda: now[0], shuffle=lambda members: members)
    for number, line in enumerate(LINES[rules][name]):
        now[0] = line.now
        if line.operation == "given":
            order._channels["G"] = _read(*line.arguments)
        else:
            answer = getattr(order, line.operation)("G", *line.arguments)
            assert answer == line.answer, (number, line)
        if line.state is not None:
            assert _shown(order, "G") == line.state, (number, line)


def test_an_unknown_channel_is_nothing_to_show_and_nothing_to_reset():
    order = TurnOrder(rules="faithful")
    order.reset_turn("G")
    assert not order.has_turn_state("G")
    assert order.debug_info("G") == {"channel_id": "G", "has_turn_state": False}


def test_an_empty_channel_is_known():
    order = TurnOrder(rules="faithful", clock=lambda: 7)
    assert order.init_turn_order("G", [])
    assert order.has_turn_state("G")
    assert order.debug_info("G") == {
        "channel_id": "G",
        "has_turn_state": True,
        "turn_order": [],
        "current_speaker": None,
        "no_replied_this_cycle": [],
        "last_changed_at": 7,
        "dormant": True,
        "pre_populated": False,
    }


def test_channels_know_nothing_of_each_other():
    order = TurnOrder(shuffle=lambda members: members)
    order.init_turn_order_pre_populated("G", ["B", "C"])
    order.init_turn_order_pre_populated("H", ["D"])
    order.on_speaker_done("G", "B", False)
    assert order.debug_info("H")["current_speaker"] == "D"


@pytest.mark.parametrize("shuffle", [lambda members: members[::-1], list.reverse])
def test_a_shuffle_may_answer_or_change_what_it_gets(shuffle):
    order = TurnOrder(shuffle=shuffle)
    assert order.init_turn_order_pre_populated("G", ["B", "C"]) == "C"


def test_what_is_answered_is_a_copy():
    order = TurnOrder(shuffle=lambda members: members)
    order.update_turn_members("G", ["B", "C"])["turn_order"].clear()
    order.debug_info("G")["turn_order"].clear()
    assert order.debug_info("G")["turn_order"] == ["B", "C"]


def test_people_are_never_held_back_by_our_rules():
    order = TurnOrder()
    assert order.check_turn("G", "A", is_human=True)["allowed"]
