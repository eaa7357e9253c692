"""What a game amounts to, from its events and its bots' records."""

from datetime import timedelta

import pytest

from cowboy.game.board import new_state
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import CommandType, Direction, PlayerName, ResultStatus
from cowboy.match.figures import CONVERTED_PREFIX, GameFigures, Latency, figures_of
from cowboy.state.records import TurnRecord
from tests.tables import IDS, finished, history, started, step

A, B, C, D = PlayerName


def record(turn_no: int, seat: int, decision_ms: float = 1, answer_ms: float = 2) -> TurnRecord:
    return TurnRecord(
        turn_no=turn_no,
        player_id=IDS[seat],
        player_name=tuple(PlayerName)[seat],
        bot_id="bot",
        instance="i1",
        brain=f"brain-{seat}",
        outcome="ok",
        command_type=CommandType.SHIELD,
        direction=Direction.UP,
        decision_ms=decision_ms,
        event_to_command_ms=answer_ms,
    )


def played(*actions: Action) -> list[StepEvent]:
    board = new_state(default_grid(), 4)
    events = [started("g1", board)]
    for action in actions:
        board, event = step("g1", board, action)
        events.append(event)
    return [*events, finished(events[-1])]


def with_hp(event: StepEvent, *hp: int) -> StepEvent:
    players = tuple(
        player.model_copy(update={"hp": left, "alive": left > 0})
        for player, left in zip(event.state_after.players, hp, strict=True)
    )
    return event.model_copy(update={"state_after": event.state_after.model_copy(update={"players": players})})


def test_turns_rounds_and_time_are_those_between_the_first_event_and_the_last() -> None:
    events = history("g1", 5)
    events[-1] = events[-1].model_copy(update={"created_at": events[0].created_at + timedelta(seconds=2.5)})
    figures = figures_of(events, [], seed=7)
    assert (figures.game_id, figures.seed, figures.turns, figures.rounds) == ("g1", 7, 5, 2)
    assert figures.seconds == 2.5


def test_the_last_one_alive_has_won() -> None:
    events = history("g1", 3)
    figures = figures_of([*events, with_hp(finished(events[-1]), 0, 0, 4, 0)], [], seed=None)
    assert figures.winner == C
    assert figures.ranking[0] == C
    assert figures.players[C].hp == 4


def test_as_long_as_two_are_alive_it_is_a_draw_ranked_by_what_is_left() -> None:
    events = history("g1", 3)
    figures = figures_of([*events, with_hp(finished(events[-1]), 3, 9, 0, 3)], [], seed=None)
    assert figures.winner is None
    assert figures.ranking == (B, A, D, C)


def test_commands_are_counted_by_kind_for_those_who_gave_them() -> None:
    shield, speak = Action(CommandType.SHIELD, Direction.UP), Action(CommandType.SPEAK, text="hi")
    figures = figures_of(played(shield, speak, shield, shield, shield), [], seed=None)
    assert figures.players[A].commands == {CommandType.SHIELD: 2}
    assert figures.players[B].commands == {CommandType.SPEAK: 1}


def test_a_timeout_is_no_command() -> None:
    figures = figures_of(played(Action(CommandType.TIMEOUT)), [], seed=None)
    assert (figures.players[A].timeouts, figures.players[A].commands, figures.players[A].invalid) == (1, {}, 0)


@pytest.mark.parametrize(
    "result", [ResultStatus.INVALID_TURN, ResultStatus.DUPLICATE_COMMAND, ResultStatus.IGNORED_TIMEOUT]
)
def test_a_command_that_was_refused_is_invalid_and_not_counted(result: ResultStatus) -> None:
    events = history("g1", 1)
    refused = events[1].model_copy(update={"result_status": result})
    figures = figures_of([*events, refused], [], seed=None)
    assert (figures.players[A].invalid, figures.players[A].commands) == (1, {CommandType.SHIELD: 1})


def test_an_illegal_command_that_was_turned_into_speech_is_invalid() -> None:
    figures = figures_of(played(Action(CommandType.SPEAK, text=f'{CONVERTED_PREFIX}"shoot up"')), [], seed=None)
    assert figures.players[A].invalid == 1


def test_times_and_brains_are_those_of_the_records() -> None:
    records = [record(turn, turn % 2, decision_ms=turn, answer_ms=10 * turn) for turn in range(1, 5)]
    figures = figures_of(history("g1", 4), records, seed=None)
    assert (figures.players[A].brain, figures.players[B].brain) == ("brain-0", "brain-1")
    assert figures.players[A].decision_ms == Latency(p50=2, p99=4)
    assert figures.players[B].event_to_command_ms == Latency(p50=10, p99=30)


def test_outcomes_and_tokens_are_those_of_the_records() -> None:
    asked = {"tokens_in": 400.0, "tokens_out": 30.0}
    records = [
        record(1, 0).model_copy(update={"figures": asked, "model": "a-7b"}),
        record(3, 0).model_copy(update={"figures": asked, "model": "a-7b", "outcome": "repaired"}),
        record(5, 0).model_copy(update={"outcome": "late"}),
        record(2, 1),
    ]
    players = figures_of(history("g1", 5), records, seed=None).players
    assert (players[A].model, players[A].tokens_in, players[A].tokens_out) == ("a-7b", 800, 60)
    assert players[A].outcomes == {"ok": 1, "repaired": 1, "late": 1}
    assert (players[B].model, players[B].tokens_in, players[B].tokens_out) == (None, None, None)
    assert (players[C].outcomes, players[C].model) == ({}, None)


def test_a_player_without_records_is_a_person() -> None:
    figures = figures_of(history("g1", 1), [], seed=None)
    assert figures.players[A].brain is None
    assert figures.players[A].decision_ms == Latency(p50=None, p99=None)


@pytest.mark.parametrize(
    ("values", "p50", "p99"),
    [
        ([], None, None),
        ([3], 3, 3),
        ([4, 1], 1, 4),
        ([3, 1, 2], 2, 3),
        (range(1, 101), 50, 99),
        (range(1, 1001), 500, 990),
    ],
)
def test_a_quantile_is_the_smallest_value_that_enough_others_do_not_exceed(
    values: list[float], p50: float | None, p99: float | None
) -> None:
    assert Latency.of(values) == Latency(p50=p50, p99=p99)


def test_figures_come_back_from_their_json() -> None:
    figures = figures_of(history("g1", 5), [record(1, 0)], seed=7)
    assert GameFigures.model_validate_json(figures.model_dump_json()) == figures
