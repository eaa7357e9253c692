"""Command ids: derivable again, different for every turn and attempt."""

from uuid import UUID

from cowboy.game.identity import command_id

GAME, PLAYER = "3f1c9d4e-27ab-4c60-8a55-1e0d7b9c2f31", "b84a6f02-9d13-4e7c-a1f8-6c5d2e3b4a90"


def test_the_id_of_a_turn_never_changes_between_releases() -> None:
    # Two releases side by side must give a turn the same id, or the backend would take both commands for new.
    assert command_id(GAME, PLAYER, 14) == "d7278c14-19be-5cf1-a8dc-644f571adb74"


def test_the_id_is_a_uuid_of_version_5() -> None:
    assert UUID(command_id(GAME, PLAYER, 14)).version == 5


def test_game_player_turn_and_attempt_each_make_another_id() -> None:
    ids = {
        command_id(GAME, PLAYER, 14),
        command_id(PLAYER, PLAYER, 14),
        command_id(GAME, GAME, 14),
        command_id(GAME, PLAYER, 15),
        command_id(GAME, PLAYER, 14, attempt=1),
        command_id(GAME, PLAYER, 1, attempt=4),
    }
    assert len(ids) == 6
