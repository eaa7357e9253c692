"""What bots are told about the past: one short line of JSON for every event."""

import json

import pytest

from cowboy.game.summary import summarise
from cowboy.game.wire.messages import StepEvent

from . import golden


def told(document: str | bytes) -> dict[str, object]:
    line = summarise(StepEvent.model_validate_json(document))
    assert "\n" not in line
    summary: dict[str, object] = json.loads(line)
    return summary


def test_an_action_is_told_with_the_turn_it_was_meant_for_and_the_hp_afterwards() -> None:
    assert told(golden.text("event-step-applied")) == {
        "turn_no": 22,
        "event": "STEP_APPLIED",
        "result": "APPLIED",
        "player": "A",
        "did": "shoot",
        "direction": "down",
        "hp": {"A": 10, "B": 0, "C": 3},
    }


@pytest.mark.parametrize(
    ("name", "turn_no"), [("event-game-started", 1), ("event-game-finished", 58)], ids=["start", "end"]
)
def test_a_start_and_an_end_name_no_player(name: str, turn_no: int) -> None:
    summary = told(golden.text(name))
    assert summary["turn_no"] == turn_no
    assert summary.keys() == {"turn_no", "event", "result", "hp"}


def test_a_player_that_is_not_named_or_not_known_is_left_out() -> None:
    stranger = golden.changed("event-step-applied", "command.player_id", "somebody else")
    assert "player" not in told(golden.text("event-timeout-of-nobody"))
    assert "player" not in told(stranger)


def test_speech_is_cut_to_140_characters() -> None:
    assert told(golden.changed("event-speech", "command.speak_text", "x" * 141))["said"] == "x" * 140
