"""Every way in which a game can go wrong is found on its topics, and a clean game is called clean."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from cowboy.chaos.evidence import FORGED_KEY, Evidence, Seen
from cowboy.chaos.faults import KINDS, Fault
from cowboy.chaos.nemesis import Happened
from cowboy.chaos.verdict import AFTERMATH_SECONDS, Judged, Wrong, judge
from cowboy.game.board import new_state
from cowboy.game.identity import command_id
from cowboy.game.maps import default_grid
from cowboy.game.rules import Action
from cowboy.game.wire.base import Wire
from cowboy.game.wire.messages import Command, StepEvent
from cowboy.game.wire.objects import GameState
from cowboy.game.words import CommandSource, CommandType, Direction, ResultStatus
from tests.tables import IDS, SHIELD, finished, started, step

GAME = "g1"
TIMEOUT = Action(CommandType.TIMEOUT)
TURN_SECONDS = 10
TURNS = 6


def seen(messages: Sequence[Wire | bytes | None], *, life: int = 0, key: bytes = b"k") -> list[Seen]:
    values = (message.to_json() if isinstance(message, Wire) else message for message in messages)
    return [Seen(life, offset, key, value) for offset, value in enumerate(values)]


class Played:
    """A game of some shields, one turn every ten seconds: what stands on its topics, to be spoilt by tests."""

    def __init__(self, *actions: Action) -> None:
        board = new_state(default_grid(), 4)
        self.start = started(GAME, board)
        self.events: list[StepEvent] = [self.start]
        for number, action in enumerate(actions or (SHIELD,) * TURNS, start=1):
            board, event = step(GAME, board, action)
            at = self.start.created_at + timedelta(seconds=TURN_SECONDS * number)
            self.events.append(event.model_copy(update={"created_at": at}))
        self.events.append(finished(self.events[-1]).model_copy(update={"step_seq": 1000}))
        self.commands: list[Command] = [event.command for event in self.events if event.command is not None]

    def at(self, turn_no: float) -> float:
        """When a turn began, in seconds since 1970; 1.5 is the middle of the first."""
        return self.start.created_at.timestamp() + TURN_SECONDS * (turn_no - 1)

    def evidence(self) -> Evidence:
        return Evidence(GAME, seen(self.commands), seen(self.events))

    def judged(self, *happened: Happened) -> Judged:
        return judge(self.evidence(), happened)


def fault(
    kind: str, began: float, seconds: float = 0, seats: Sequence[str] = (), turn: tuple[str, int] | None = None
) -> Happened:
    made = Fault(0, KINDS[kind], "it", seconds, 1)
    return Happened(made, began, began + seconds, frozenset((GAME, seat) for seat in seats), turn)


def wrongs(judged: Judged) -> list[Wrong]:
    return [violation.wrong for violation in judged.violations]


def test_a_clean_game_is_clean() -> None:
    judged = Played().judged()

    assert judged.violations == []
    assert (judged.finished, judged.turns, judged.ran_out, judged.late, judged.sent_twice) == (True, TURNS, [], 0, 0)


def test_an_event_published_again_and_a_command_sent_again_do_no_harm() -> None:
    game = Played()
    game.events.insert(3, game.events[2])
    game.commands.append(game.commands[0])
    judged = game.judged()

    assert judged.violations == []
    assert judged.sent_twice == 1


def test_a_second_attempt_is_the_same_command_under_its_own_id() -> None:
    game = Played()
    first = game.commands[0]
    second = command_id(GAME, IDS[0], first.turn_no or 0, attempt=1)
    game.commands.append(first.model_copy(update={"command_id": second}))
    judged = game.judged()
    assert (judged.violations, judged.second_attempts) == ([], 1)
    game.commands.append(first.model_copy(update={"command_id": second, "direction": Direction.DOWN}))
    assert wrongs(game.judged()) == [Wrong.SEVERAL_DECISIONS]


def spoil_doubled_turn(game: Played) -> None:
    game.events.insert(3, game.events[2].model_copy(update={"step_seq": 77}))


def spoil_several_ids(game: Played) -> None:
    game.commands.append(game.commands[2].model_copy(update={"command_id": "another"}))


def spoil_several_decisions(game: Played) -> None:
    game.commands.append(game.commands[2].model_copy(update={"direction": Direction.DOWN}))


def spoil_illegal_command(game: Played) -> None:
    game.commands[0] = game.commands[0].model_copy(update={"command_type": CommandType.MOVE})


def spoil_illegal_applied(game: Played) -> None:
    moved = game.commands[0].model_copy(update={"command_type": CommandType.MOVE})
    game.events[1] = game.events[1].model_copy(update={"command": moved})


def spoil_converted(game: Played) -> None:
    spoken = {"command_type": CommandType.SPEAK, "direction": None, "speak_text": 'invalid command: "move up"'}
    game.events[1] = game.events[1].model_copy(update={"command": game.commands[0].model_copy(update=spoken)})


def spoil_out_of_turn(game: Played) -> None:
    game.commands[1] = game.commands[1].model_copy(update={"player_id": IDS[3]})


def spoil_wrong_actor(game: Played) -> None:
    thief = game.commands[1].model_copy(update={"player_id": IDS[3]})
    game.events[2] = game.events[2].model_copy(update={"command": thief})


def spoil_state(game: Played) -> None:
    state = game.events[2].state_after
    hurt = state.players[0].model_copy(update={"hp": 9})
    changed = GameState(map=state.map, players=(hurt, *state.players[1:]))
    game.events[2] = game.events[2].model_copy(update={"state_after": changed})


def spoil_gap(game: Played) -> None:
    del game.events[3]


def spoil_start(game: Played) -> None:
    del game.events[:2]


def spoil_end(game: Played) -> None:
    del game.events[-1]


SPOILT: dict[Callable[[Played], None], tuple[Wrong, int]] = {
    spoil_doubled_turn: (Wrong.DOUBLED_TURN, 2),
    spoil_several_ids: (Wrong.SEVERAL_IDS, 3),
    spoil_several_decisions: (Wrong.SEVERAL_DECISIONS, 3),
    spoil_illegal_command: (Wrong.ILLEGAL, 1),
    spoil_illegal_applied: (Wrong.ILLEGAL, 1),
    spoil_converted: (Wrong.ILLEGAL, 1),
    spoil_out_of_turn: (Wrong.OUT_OF_TURN, 2),
    spoil_wrong_actor: (Wrong.OUT_OF_TURN, 2),
    spoil_state: (Wrong.WRONG_STATE, 2),
    spoil_gap: (Wrong.LOST_EVENT, 4),
    spoil_start: (Wrong.LOST_EVENT, 2),
    spoil_end: (Wrong.UNFINISHED, TURNS + 1),
}


@pytest.mark.parametrize(("spoil", "found"), SPOILT.items(), ids=[spoil.__name__ for spoil in SPOILT])
def test_what_is_wrong_is_found_in_its_turn(spoil: Callable[[Played], None], found: tuple[Wrong, int]) -> None:
    game = Played()
    spoil(game)

    assert found in {(violation.wrong, violation.turn_no) for violation in game.judged().violations}


@pytest.mark.parametrize("topic", ["commands", "events"])
def test_an_unreadable_message_is_found_unless_chaos_has_sent_it(topic: str) -> None:
    evidence = Played().evidence()
    messages: list[Seen] = getattr(evidence, topic)
    messages.append(Seen(0, 99, FORGED_KEY, b"{"))
    assert judge(evidence, []).violations == []

    messages.append(Seen(0, 100, b"k", b"{"))
    assert wrongs(judge(evidence, [])) == [Wrong.UNREADABLE]


def test_forged_doubles_are_not_the_bots() -> None:
    evidence = Played().evidence()
    evidence.commands += seen(Played().commands, key=FORGED_KEY)

    assert judge(evidence, []).sent_twice == 0


def test_late_and_doubled_commands_are_counted() -> None:
    game = Played()
    for number, result in enumerate((ResultStatus.IGNORED_TIMEOUT, ResultStatus.DUPLICATE_COMMAND), start=500):
        game.events.insert(3, game.events[1].model_copy(update={"result_status": result, "step_seq": number}))
    judged = game.judged()

    assert (judged.late, judged.ignored) == (1, 1)
    assert judged.violations == []


def test_a_timeout_is_no_command_of_a_bot() -> None:
    game = Played(SHIELD, TIMEOUT, SHIELD)

    assert game.commands[1].source == CommandSource.TIMER
    assert wrongs(game.judged()) == [Wrong.LOST_TURN]


# -- a broker that lost everything ------------------------------------------------------------------------------------


def test_what_went_with_a_broker_is_no_lost_event() -> None:
    game = Played()
    spoil_gap(game)
    evidence = game.evidence()
    evidence.broker_lives = 2
    judged = judge(evidence, [])

    assert judged.violations == []
    assert judged.unseen_turns == 1


def test_an_end_that_went_with_a_broker_may_be_known_otherwise() -> None:
    game = Played()
    spoil_end(game)

    assert judge(game.evidence(), [], finished=True).violations == []


# -- lost turns -------------------------------------------------------------------------------------------------------

LOSING = (SHIELD, TIMEOUT, SHIELD, SHIELD)


def test_a_turn_that_runs_out_without_a_fault_is_a_violation() -> None:
    judged = Played(*LOSING).judged()

    assert [(turn.turn_no, turn.blamed, turn.excused) for turn in judged.ran_out] == [(2, None, False)]
    assert wrongs(judged) == [Wrong.LOST_TURN]


def test_a_turn_lost_to_a_fault_that_must_not_cost_one_is_a_violation_that_names_it() -> None:
    game = Played(*LOSING)
    judged = game.judged(fault("kill-worker", game.at(2.5)))

    assert [turn.blamed for turn in judged.ran_out] == ["kill-worker"]
    assert wrongs(judged) == [Wrong.LOST_TURN]


def test_a_turn_lost_while_the_game_itself_was_away_is_excused() -> None:
    game = Played(*LOSING)
    judged = game.judged(fault("redis-stop", game.at(2.1), 3))

    assert [(turn.blamed, turn.excused) for turn in judged.ran_out] == [("redis-stop", True)]
    assert judged.violations == []


def test_a_fault_that_was_over_long_before_excuses_nothing() -> None:
    game = Played(*LOSING)
    judged = game.judged(fault("redis-restart", game.at(2) - AFTERMATH_SECONDS - 0.1))

    assert [(turn.blamed, turn.excused) for turn in judged.ran_out] == [(None, False)]


def test_blame_goes_to_the_fault_aimed_at_the_turn_then_to_its_bots_worker_then_to_the_nearest() -> None:
    game = Played(*LOSING)
    near = fault("kill-keeper", game.at(2.0))
    hosting = fault("kill-worker", game.at(2.2), seats=[IDS[1]])
    elsewhere = fault("stop-worker", game.at(2.1), seats=[IDS[0]])
    aimed = fault("after-claim", game.at(2.3), turn=(GAME, 2))

    assert game.judged(near, elsewhere).ran_out[0].blamed == "kill-keeper"
    assert game.judged(near, elsewhere, hosting).ran_out[0].blamed == "kill-worker"
    assert game.judged(near, elsewhere, hosting, aimed).ran_out[0].blamed == "after-claim"


# -- recovery ---------------------------------------------------------------------------------------------------------


def test_recovery_is_the_time_to_the_next_turn_that_a_bot_played() -> None:
    game = Played(*LOSING)
    judged = game.judged(fault("kill-bridge", game.at(2.4)))

    assert [item.seconds for item in judged.recoveries] == [pytest.approx(16)]


def test_a_workers_fault_concerns_only_games_that_waited_for_one_of_its_bots() -> None:
    game = Played()

    assert game.judged(fault("kill-worker", game.at(2.4), seats=[IDS[0]])).recoveries == []
    assert len(game.judged(fault("kill-worker", game.at(2.4), seats=[IDS[1]])).recoveries) == 1


def test_a_fault_before_the_start_or_after_the_end_concerns_nobody() -> None:
    game = Played()

    assert game.judged(fault("kill-arena", game.at(0.5)), fault("kill-arena", game.at(TURNS + 2))).recoveries == []


# -- reading twice ----------------------------------------------------------------------------------------------------


def test_the_same_topics_read_later_may_have_more_at_the_end() -> None:
    live, again = Played().evidence(), Played().evidence()
    again.events = list(live.events)
    again.commands = [*live.commands, Seen(0, 99, b"k", b"late")]

    assert live.differs_from(again) is None


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda _, again: again.pop(2), "output topic: 1 messages are gone or another, the first at offset 2"),
        (lambda live, _: live.pop(2), "output topic: 1 messages were skipped live, the first at offset 2"),
        (lambda live, _: live.append(live[2]), "output topic: an offset was given twice"),
    ],
)
def test_topics_that_show_something_else_later_are_told(
    spoil: Callable[[list[Seen], list[Seen]], object], problem: str
) -> None:
    live, again = Played().evidence(), Played().evidence()
    again.events, again.commands = list(live.events), list(live.commands)
    spoil(live.events, again.events)

    assert live.differs_from(again) == problem
