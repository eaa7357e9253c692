"""How a match is shown: what only models have is there only where one was asked."""

import io

from rich.console import Console

from cowboy.cli.match import _table
from cowboy.game.words import CommandType
from cowboy.match.figures import figures_of
from cowboy.state.records import TurnRecord
from tests.tables import IDS, history


def record(turn_no: int, seat: int, **changes: object) -> TurnRecord:
    return TurnRecord(
        turn_no=turn_no,
        player_id=IDS[seat],
        player_name="ABCD"[seat],
        bot_id="bot",
        instance="i1",
        command_type=CommandType.SHIELD,
        direction=None,
        decision_ms=1,
        event_to_command_ms=2,
        **{"brain": "random", "outcome": "ok", **changes},
    )


def shown(*records: TurnRecord) -> str:
    console = Console(width=200, file=io.StringIO())
    console.print(_table(figures_of(history("g1", 5), records, seed=None)))
    return console.file.getvalue()


def test_outcomes_and_tokens_are_shown_where_a_model_was_asked() -> None:
    asked = {"brain": "llm", "model": "a-7b", "figures": {"tokens_in": 400.0, "tokens_out": 30.0}}
    told = shown(record(1, 0, **asked), record(5, 0, **(asked | {"outcome": "repaired"})), record(2, 1))
    assert "ok 1, repaired 1" in told
    assert "800 / 60" in told
    assert "tokens" not in shown(record(1, 0), record(2, 1))
