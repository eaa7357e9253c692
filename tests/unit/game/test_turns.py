"""Whose turn it is (docs/wire.md#whose-turn-it-is), from the events alone, whatever a topic does to them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cowboy.game.board import State
from cowboy.game.rules import Action
from cowboy.game.turns import Followed, News, Table, follow, table_of
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import Game, GameState
from cowboy.game.words import CommandSource, CommandType, GameStatus, MapSource, ResultStatus, StepEventType

from . import golden
from .notation import action, played, position, random_game

IDS = ("id of A", "id of B", "id of C", "id of D")
START = datetime(2027, 12, 1, tzinfo=UTC)
FOUR = "A(0,2,up,10) B(2,0,left,10) C(4,2,down,10) D(2,4,right,10)"


def moment(turn_no: int) -> datetime:
    """When the turn began."""
    return START + timedelta(seconds=turn_no)


def lifecycle(event_type: StepEventType, state: State) -> StepEvent:
    """`GAME_STARTED` or `GAME_FINISHED`."""
    return StepEvent(
        game_id="g",
        step_seq=1,
        turn_no=state.turn_no,
        round_no=state.round_no,
        event_type=event_type,
        result_status=ResultStatus.APPLIED,
        state_after=GameState.from_board(state, IDS),
        created_at=moment(state.turn_no),
    )


def answer(
    after: State,
    player_id: str | None,
    what: Action,
    result: ResultStatus = ResultStatus.APPLIED,
    *,
    turn_no: int | None = None,
) -> StepEvent:
    """What became of a command; `after` is the game when it was dealt with."""
    timed_out = result == ResultStatus.TIMEOUT_APPLIED
    consuming = timed_out or result == ResultStatus.APPLIED
    command = Command(
        command_id="c",
        source=CommandSource.USER,
        game_id="g",
        player_id=player_id,
        command_type=what.kind,
        direction=what.direction,
        speak_text=what.text,
        turn_no=turn_no if turn_no is not None else after.turn_no - consuming,
        sent_at=moment(after.turn_no),
    )
    return lifecycle(StepEventType.STEP_APPLIED, after).model_copy(
        update={
            "event_type": StepEventType.TIMEOUT_APPLIED if timed_out else StepEventType.STEP_APPLIED,
            "result_status": result,
            "command": command,
        }
    )


def started(state: State) -> StepEvent:
    return lifecycle(StepEventType.GAME_STARTED, state)


def finished(state: State) -> StepEvent:
    return lifecycle(StepEventType.GAME_FINISHED, state)


def spoke(seat: int, after: State) -> StepEvent:
    return answer(after, IDS[seat], action("speak"))


def timed_out(seat: int | None, after: State) -> StepEvent:
    player_id = IDS[seat] if seat is not None else None
    return answer(after, player_id, action("timeout"), ResultStatus.TIMEOUT_APPLIED)


def known(state: State, status: GameStatus = GameStatus.RUNNING, *, acting: bool = True) -> Table:
    """What a reader has to know of a game in that state."""
    return Table(
        game_id="g",
        status=status,
        turn_no=state.turn_no,
        round_no=state.round_no,
        current_player_id=IDS[state.current] if acting else None,
        opened_at=moment(state.turn_no),
        state=GameState.from_board(state, IDS),
    )


def turn(turn_no: int, current: str, players: str = FOUR) -> State:
    return position(players, current=current, turn=turn_no, round_no=(turn_no + 3) // 4)


# -- the table --------------------------------------------------------------------------------------------------------


def test_a_start_opens_turn_1_for_the_first_player() -> None:
    first = turn(1, "A")
    assert follow(None, started(first)) == Followed(known(first), News.TURN_OPENED)


@pytest.mark.parametrize(("actor", "following"), [("A", "B"), ("B", "C"), ("C", "D"), ("D", "A")])
def test_an_applied_command_opens_the_turn_of_the_next_seat(actor: str, following: str) -> None:
    event = spoke("ABCD".index(actor), turn(8, following))
    assert follow(known(turn(7, actor)), event) == Followed(known(turn(8, following)), News.TURN_OPENED)


def test_the_dead_are_skipped() -> None:
    players = "A(0,2,up,10) B(2,0,left,0) C(4,2,down,0) D(2,4,right,10)"
    assert follow(known(turn(7, "A", players)), spoke(0, turn(8, "D", players))).table == known(turn(8, "D", players))
    assert follow(known(turn(8, "D", players)), spoke(3, turn(9, "A", players))).table == known(turn(9, "A", players))


@pytest.mark.parametrize("named", [0, None], ids=["naming the player", "naming nobody"])
def test_a_timeout_opens_the_turn_of_the_next_seat(named: int | None) -> None:
    event = timed_out(named, turn(8, "B"))
    assert follow(known(turn(7, "A")), event) == Followed(known(turn(8, "B")), News.TURN_OPENED)


@pytest.mark.parametrize(
    "result",
    [
        ResultStatus.IGNORED_TIMEOUT,
        ResultStatus.INVALID_COMMAND,
        ResultStatus.INVALID_TURN,
        ResultStatus.DUPLICATE_COMMAND,
    ],
)
@pytest.mark.parametrize("words", ["shoot down", "speak", "timeout", "game_started"])
def test_any_other_result_changes_nothing(result: ResultStatus, words: str) -> None:
    before = known(turn(7, "A"))
    event = answer(turn(7, "A"), IDS[0], action(words), result, turn_no=6)
    assert follow(before, event) == Followed(before, News.NOTHING)


@pytest.mark.parametrize(
    ("event_type", "result"),
    [
        (event_type, result)
        for event_type in (StepEventType.STEP_APPLIED, StepEventType.TIMEOUT_APPLIED, StepEventType.GAME_STARTED)
        for result in ResultStatus
        if (event_type, result)
        not in {
            (StepEventType.STEP_APPLIED, ResultStatus.APPLIED),
            (StepEventType.TIMEOUT_APPLIED, ResultStatus.TIMEOUT_APPLIED),
        }
    ],
)
def test_a_pair_of_type_and_result_that_is_not_in_the_table_passes_no_turn(
    event_type: StepEventType, result: ResultStatus
) -> None:
    odd = spoke(0, turn(8, "B")).model_copy(update={"event_type": event_type, "result_status": result})
    assert follow(known(turn(7, "A")), odd) == Followed(known(turn(7, "A")), News.LOST_TRACK, 1)


def test_only_an_applied_start_without_a_command_starts_a_game() -> None:
    start = started(turn(1, "A"))
    refused = start.model_copy(update={"result_status": ResultStatus.INVALID_COMMAND})
    commanded = start.model_copy(update={"command": spoke(0, turn(2, "B")).command})
    assert follow(None, refused) == follow(None, commanded) == Followed(None, News.NOTHING)


def test_an_end_leaves_nobody_to_act() -> None:
    last = position("A(0,2,up,1) B(2,0,left,0)", turn=9, round_no=5)
    over = known(last, GameStatus.FINISHED, acting=False)
    assert follow(known(last), finished(last)) == Followed(over, News.FINISHED)
    assert follow(None, finished(last)) == Followed(over, News.FINISHED)


def test_after_the_end_nothing_is_news() -> None:
    last = position("A(0,2,up,1) B(2,0,left,0)", turn=9, round_no=5)
    over = known(last, GameStatus.FINISHED, acting=False)
    later = [finished(last), started(turn(1, "A")), spoke(0, turn(12, "B")), timed_out(None, turn(10, "A"))]
    assert [follow(over, event) for event in later] == [Followed(over, News.NOTHING)] * 4


# -- one player left ---------------------------------------------------------------------------------------------------

DUEL = position("A(3,2,down,4) B(2,4,up,1)", turn=7, round_no=4)


def test_after_the_last_kill_nobody_is_to_act_until_the_end_is_announced() -> None:
    won = played(DUEL, "shoot up")
    kill = answer(won, IDS[0], action("shoot up"))
    waiting = known(won, acting=False)
    assert follow(known(DUEL), kill) == Followed(waiting, News.ONE_LEFT)
    assert follow(waiting, kill) == Followed(waiting, News.NOTHING)
    assert follow(waiting, finished(won)).news == News.FINISHED


def test_the_survivor_of_a_failed_finish_gets_its_turn_back_after_a_timeout() -> None:
    # Only its next applied command makes the backend try the finish again.
    won = played(DUEL, "shoot up")
    again = played(won, "timeout")
    assert follow(known(won, acting=False), timed_out(0, again)) == Followed(known(again), News.TURN_OPENED)


def test_a_timeout_that_names_nobody_is_no_help_when_nobody_was_to_act() -> None:
    won = played(DUEL, "shoot up")
    waiting = known(won, acting=False)
    assert follow(waiting, timed_out(None, played(won, "timeout"))) == Followed(waiting, News.LOST_TRACK)


def test_a_lone_player_has_every_turn_until_it_acts() -> None:
    first = position("A(0,2,up,10)")
    second = played(first, "timeout")
    third = played(second, "move down")
    table = follow(None, started(first)).table
    assert table == known(first)
    table = follow(table, timed_out(None, second)).table
    assert table == known(second)
    assert follow(table, spoke(0, third)) == Followed(known(third, acting=False), News.ONE_LEFT)


# -- what a topic may do -----------------------------------------------------------------------------------------------


def test_commands_before_the_start_say_nothing_and_spoil_nothing() -> None:
    first = turn(1, "A")
    early = answer(first, IDS[1], action("move up"), ResultStatus.INVALID_TURN, turn_no=1)
    assert follow(None, early) == Followed(None, News.NOTHING)
    assert follow(None, started(first)).news == News.TURN_OPENED
    assert follow(known(first), early) == Followed(known(first), News.NOTHING)


def test_a_start_is_news_to_a_reader_that_asked_the_game_manager_before_it() -> None:
    first = turn(1, "A")
    created = known(first, GameStatus.CREATED, acting=False)
    early = answer(first, IDS[1], action("move up"), ResultStatus.INVALID_TURN, turn_no=1)
    assert follow(created, early) == Followed(created, News.NOTHING)
    assert follow(created, started(first)) == Followed(known(first), News.TURN_OPENED)
    assert follow(created, spoke(0, turn(2, "B"))) == Followed(known(turn(2, "B")), News.TURN_OPENED)


def test_a_doubled_event_is_no_news() -> None:
    start, step = started(turn(1, "A")), spoke(0, turn(2, "B"))
    assert follow(known(turn(1, "A")), start) == Followed(known(turn(1, "A")), News.NOTHING)
    assert follow(known(turn(2, "B")), step) == Followed(known(turn(2, "B")), News.NOTHING)
    assert follow(known(turn(2, "B")), start) == Followed(known(turn(2, "B")), News.NOTHING)


def test_a_beginning_in_the_middle_needs_one_event_that_names_its_player() -> None:
    assert follow(None, spoke(2, turn(8, "D"))) == Followed(known(turn(8, "D")), News.TURN_OPENED)
    assert follow(None, timed_out(2, turn(8, "D"))) == Followed(known(turn(8, "D")), News.TURN_OPENED)


def test_a_beginning_in_the_middle_without_such_an_event_is_a_question_to_the_game_manager() -> None:
    ignored = answer(turn(2, "B"), IDS[0], action("move up"), ResultStatus.DUPLICATE_COMMAND, turn_no=1)
    assert follow(None, timed_out(None, turn(2, "B"))) == Followed(None, News.LOST_TRACK)
    assert follow(None, ignored) == Followed(None, News.LOST_TRACK)


def test_a_gap_is_counted_and_crossed_by_an_event_that_names_its_player() -> None:
    before = known(turn(5, "A"))
    assert follow(before, spoke(3, turn(9, "A"))) == Followed(known(turn(9, "A")), News.TURN_OPENED, 3)
    assert follow(before, timed_out(3, turn(9, "A"))) == Followed(known(turn(9, "A")), News.TURN_OPENED, 3)


def test_a_gap_is_not_crossed_by_a_timeout_that_names_nobody() -> None:
    before = known(turn(5, "A"))
    assert follow(before, timed_out(None, turn(9, "A"))) == Followed(before, News.LOST_TRACK, 3)


def test_an_event_that_changed_nothing_still_shows_a_gap() -> None:
    before = known(turn(5, "A"))
    late = answer(turn(6, "B"), IDS[0], action("move up"), ResultStatus.IGNORED_TIMEOUT, turn_no=5)
    assert follow(before, late) == Followed(before, News.LOST_TRACK, 1)


def test_an_event_of_a_player_unknown_to_its_own_state_is_a_question_to_the_game_manager() -> None:
    before = known(turn(7, "A"))
    stranger = answer(turn(8, "B"), "somebody else", action("speak"))
    assert follow(before, stranger) == Followed(before, News.LOST_TRACK)


def test_a_step_without_a_command_is_a_question_to_the_game_manager() -> None:
    before = known(turn(7, "A"))
    nameless = spoke(0, turn(8, "B")).model_copy(update={"command": None})
    assert follow(before, nameless) == Followed(before, News.LOST_TRACK, 1)


def test_the_number_of_an_event_is_not_looked_at() -> None:
    event = spoke(0, turn(8, "B")).model_copy(update={"step_seq": 0})
    assert follow(known(turn(7, "A")), event).news == News.TURN_OPENED


# -- tables ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("acting", [True, False])
def test_a_table_survives_being_stored(acting: bool) -> None:
    table = known(turn(8, "D"), acting=acting)
    assert Table.model_validate_json(table.to_json()) == table


def test_a_followed_table_survives_being_stored() -> None:
    table = follow(None, StepEvent.model_validate_json(golden.text("event-step-applied"))).table
    assert table is not None
    assert Table.model_validate_json(table.to_json()) == table


def test_a_table_becomes_the_rules_view() -> None:
    state = position("A(0,2,up,3) B(2,0,left,0) C(4,2,down,9)", {(3, 3): 2}, current="C", turn=12, round_no=6)
    assert known(state).to_board() == state


def test_a_table_at_which_nobody_is_to_act_has_no_rules_view() -> None:
    with pytest.raises(ValueError, match="nobody is to act in game g, turn 8"):
        known(turn(8, "D"), acting=False).to_board()


def game(state: State, status: GameStatus, turn_started_at: datetime | None) -> Game:
    return Game(
        game_id="g",
        status=status,
        map_source=MapSource.DEFAULT,
        turn_timeout_seconds=30,
        turn_no=state.turn_no,
        round_no=state.round_no,
        current_player_id=IDS[state.current],
        created_at=moment(0),
        turn_started_at=turn_started_at,
        state=GameState.from_board(state, IDS),
    )


ONE_LEFT = position("A(0,2,up,3) B(2,0,left,0)", turn=12, round_no=6)


@pytest.mark.parametrize(
    ("state", "status", "acting"),
    [
        (turn(8, "D"), GameStatus.RUNNING, True),
        (DUEL, GameStatus.RUNNING, True),
        (turn(1, "A"), GameStatus.CREATED, False),
        (ONE_LEFT, GameStatus.RUNNING, False),
        (ONE_LEFT, GameStatus.FINISHED, False),
        (position("A(0,2,up,10)"), GameStatus.RUNNING, True),
        (position("A(0,2,up,10)"), GameStatus.FINISHED, False),
    ],
    ids=["running", "two left", "created", "one left", "finished", "a lone player", "a lone player, finished"],
)
def test_the_game_managers_answer_says_whose_turn_it_is(state: State, status: GameStatus, acting: bool) -> None:
    assert table_of(game(state, status, moment(state.turn_no))) == known(state, status, acting=acting)


def test_a_game_without_a_turn_began_when_it_was_made() -> None:
    assert table_of(game(turn(1, "A"), GameStatus.CREATED, None)).opened_at == moment(0)


# -- whole games -------------------------------------------------------------------------------------------------------


class History(NamedTuple):
    """A game as its topic has it, and what its readers should make of it."""

    events: list[StepEvent]
    turns: list[tuple[int, str]]
    """Every turn that is opened, and for whom, in order."""
    last: Table
    """What is known before the end is announced."""


def history(random: Random, seats: int, *, named_timeouts: bool) -> History:
    steps = list(random_game(random, seats))
    first, end = steps[0].before, steps[-1].after
    events, turns = [started(first)], [(1, IDS[0])]
    for before, chosen, after in steps:
        if chosen.kind == CommandType.TIMEOUT:
            events.append(timed_out(before.current if named_timeouts or random.random() < 0.5 else None, after))
        else:
            events.append(answer(after, IDS[before.current], chosen))
        if after is not end:
            turns.append((after.turn_no, IDS[after.current]))
    return History(events, turns, known(end, acting=False))


def noise(random: Random, latest: StepEvent) -> StepEvent:
    """An event that changes nothing: somebody was late, early, wrong or doubled."""
    result = random.choice(
        [
            ResultStatus.IGNORED_TIMEOUT,
            ResultStatus.INVALID_TURN,
            ResultStatus.INVALID_COMMAND,
            ResultStatus.DUPLICATE_COMMAND,
        ]
    )
    command = answer(DUEL, random.choice([*IDS, None]), action("speak"), turn_no=random.randrange(99)).command
    kind = {"event_type": StepEventType.STEP_APPLIED, "result_status": result, "command": command}
    return latest.model_copy(update=kind)


def disturbed(random: Random, events: Sequence[StepEvent]) -> list[StepEvent]:
    """The same events, some doubled, some followed by noise, and now and then read again from an earlier place."""
    seen: list[StepEvent] = []
    for place, event in enumerate(events):
        seen.extend([event] * random.choice((1, 1, 1, 2)))
        while random.random() < 0.3:
            seen.append(noise(random, event))
        if random.random() < 0.1:
            seen.extend(events[random.randint(0, place) : place + 1])
    return seen


def read(events: Iterable[StepEvent]) -> tuple[Table | None, list[tuple[int, str]], set[News]]:
    """What is known at the end, each turn that was opened, and every kind of news."""
    table, opened, kinds = None, [], set()
    for event in events:
        table, news, _ = follow(table, event)
        kinds.add(news)
        if news == News.TURN_OPENED:
            assert table is not None
            assert table.current_player_id is not None
            opened.append((table.turn_no, table.current_player_id))
    return table, opened, kinds


SEEDS = st.tuples(st.integers(0, 2**32), st.integers(2, 4))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(SEEDS)
def test_a_disturbed_topic_tells_the_same_game_and_opens_each_turn_once(seeds: tuple[int, int]) -> None:
    random = Random(seeds[0])
    told = history(random, seeds[1], named_timeouts=False)
    table, opened, kinds = read(disturbed(random, told.events))
    assert table == told.last
    assert opened == told.turns
    assert kinds <= {News.TURN_OPENED, News.ONE_LEFT, News.NOTHING}


@settings(max_examples=12, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_end_is_seen_once_and_for_good(seeds: tuple[int, int]) -> None:
    random = Random(seeds[0])
    told = history(random, seeds[1], named_timeouts=False)
    end = finished(told.last.state.to_board(0, told.last.turn_no, told.last.round_no))
    over = told.last.model_copy(update={"status": GameStatus.FINISHED})
    table, opened, _ = read([*disturbed(random, told.events), end, end, *disturbed(random, told.events)])
    assert (table, opened) == (over, told.turns)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(SEEDS)
def test_a_topic_with_holes_is_followed_wherever_an_event_is_left(seeds: tuple[int, int]) -> None:
    random = Random(seeds[0])
    told = history(random, seeds[1], named_timeouts=True)
    left = [event for event in told.events[:-1] if random.random() < 0.7] + told.events[-1:]
    table, opened, kinds = read(left)
    assert table == told.last
    assert opened == [each for each in told.turns if each[0] in {event.turn_no for event in left}]
    assert kinds <= {News.TURN_OPENED, News.ONE_LEFT}


@settings(max_examples=12, deadline=None, derandomize=True)
@given(SEEDS)
def test_skipped_turns_and_opened_turns_add_up(seeds: tuple[int, int]) -> None:
    random = Random(seeds[0])
    told = history(random, seeds[1], named_timeouts=True)
    left = told.events[:1] + [event for event in told.events[1:-1] if random.random() < 0.7] + told.events[-1:]
    table, skipped = None, 0
    for event in left:
        table, _, missed = follow(table, event)
        skipped += missed
    assert skipped == len(told.events) - len(left)


@st.composite
def any_event(draw: st.DrawFn) -> StepEvent:
    """Any readable event, sensible or not."""
    hp = st.sampled_from((0, 0, 1, 10))
    players = "A(0,2,up,{}) B(2,0,left,{}) C(4,2,down,{})".format(*(draw(hp) for _ in range(3)))
    state = position(players, turn=draw(st.integers(0, 6)), round_no=draw(st.integers(0, 3)))
    player_id = draw(st.sampled_from([*IDS, "somebody else", None]))
    event = answer(state, player_id, action("speak"), turn_no=draw(st.integers(0, 6)))
    return event.model_copy(
        update={
            "event_type": draw(st.sampled_from(StepEventType)),
            "result_status": draw(st.sampled_from(ResultStatus)),
            "command": draw(st.sampled_from((event.command, event.command, None))),
        }
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(any_event(), max_size=8))
def test_whatever_readable_events_come_turns_only_go_forward(events: list[StepEvent]) -> None:
    table: Table | None = None
    for event in events:
        now, news, skipped = follow(table, event)
        assert skipped >= 0
        if news in (News.NOTHING, News.LOST_TRACK):
            assert now is table
        elif news == News.TURN_OPENED:
            assert now is not None
            assert now.turn_no == event.turn_no > (table.turn_no if table is not None else -1)
            assert now.current_player_id in now.state.ids
        table = now


def test_a_table_keeps_its_digest_when_it_is_stored_and_shares_it_with_no_other() -> None:
    table = known(turn(3, "C"))
    assert len(table.digest) == 16
    assert Table.model_validate_json(table.to_json()).digest == table.digest
    assert Table.from_board("g", turn(3, "C"), IDS, moment(3)).digest == table.digest
    assert len({other.digest for other in (table, known(turn(4, "C")), known(turn(3, "D")))}) == 3
