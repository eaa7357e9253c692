"""A game's record: its JSON, its deadline, its views."""

from cowboy.arena.record import GameRecord
from cowboy.game.words import GameStatus
from cowboy.process.milliseconds import epoch_ms
from tests.unit.arena.builders import NOW, created, running


def test_a_record_survives_its_json() -> None:
    record = running(players=4)
    assert GameRecord.model_validate_json(record.model_dump_json()) == record


def test_a_deadline_exists_only_while_a_turn_runs() -> None:
    assert created().deadline_ms is None
    assert running().deadline_ms == epoch_ms(NOW) + 30_000
    assert running().ended().deadline_ms is None


def test_an_absurdly_long_turn_has_a_deadline_too() -> None:
    longest = 2**64 - 1
    assert running(turn_timeout_seconds=longest).deadline_ms == epoch_ms(NOW) + longest * 1000


def test_the_game_and_the_snapshot_of_a_record_agree() -> None:
    record = running(players=3, turn_no=7)
    game, snapshot = record.to_game(), record.to_snapshot()

    assert (game.turn_no, game.current_player_id, game.status) == (7, "id-a", GameStatus.RUNNING)
    assert snapshot.last_step_seq == snapshot.turn_no == 7
    assert snapshot.state == game.state
    assert game.state.ids == ("id-a", "id-b", "id-c")
