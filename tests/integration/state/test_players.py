"""What stays of a bot from turn to turn: the same for every worker, and gone when the bot is."""

import pytest

from cowboy.settings import Settings
from cowboy.state.bindings import Binding, Bindings, SeatState
from cowboy.state.client import Redis, call_all, connect
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from cowboy.state.players import GUIDES_CACHED, RULES_LIMIT, SILENT_TURNS, Guide, PlayedTurn, Player, Players
from tests.tables import IDS, binding

pytestmark = pytest.mark.integration

BOT = binding("g1", 0)


@pytest.fixture
def keys(settings: Settings) -> Keys:
    return Keys(settings.key_prefix)


@pytest.fixture
def games(redis: Redis, keys: Keys) -> Games:
    made = Games(redis, keys, 60)
    made.assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), [BOT, binding("g1", 1)])
    return made


@pytest.fixture
def players(redis: Redis, keys: Keys, games: Games) -> Players:
    return Players(redis, keys)


def count(players: Players, bot: Binding, turn: PlayedTurn) -> bool:
    """Whether anything changed."""
    return bool(call_all(players._redis, [players.counting(bot, turn)])[0])


def test_a_bot_begins_with_nothing(players: Players) -> None:
    assert players.get(BOT) == Player()
    assert players.guide(BOT) == Guide(version="v1")


def test_two_workers_that_take_turns_know_the_same_of_a_bot(settings: Settings, players: Players) -> None:
    with connect(settings) as another:
        workers = [players, Players(another, Keys(settings.key_prefix))]
        turns = [
            PlayedTurn(1, "ok", notes="B hides."),
            PlayedTurn(5, "repaired", speech="Howdy."),
            PlayedTurn(9, "timeout", by_fallback=True),
            PlayedTurn(13, "ok", notes="B is dead."),
        ]
        for number, turn in enumerate(turns):
            assert count(workers[number % 2], BOT, turn)
            assert workers[0].get(BOT) == workers[1].get(BOT)
        assert workers[1].get(BOT) == Player(
            turns=4,
            outcomes={"ok": 2, "repaired": 1, "timeout": 1},
            fallbacks=1,
            speeches=1,
            spoke_at=2,
            last_speech="Howdy.",
            notes="B is dead.",
        )


@pytest.mark.parametrize("turn_no", [5, 4])
def test_a_turn_counts_once_and_a_late_holder_changes_nothing(players: Players, turn_no: int) -> None:
    count(players, BOT, PlayedTurn(5, "ok", notes="mine"))
    assert not count(players, BOT, PlayedTurn(turn_no, "recovered", speech="late", notes="of a stale holder"))
    assert players.get(BOT) == Player(turns=1, outcomes={"ok": 1}, notes="mine")


def test_notes_stay_until_there_are_others_and_can_be_wiped(players: Players) -> None:
    count(players, BOT, PlayedTurn(1, "ok", notes="B hides."))
    count(players, BOT, PlayedTurn(2, "ok"))
    assert players.get(BOT).notes == "B hides."
    count(players, BOT, PlayedTurn(3, "ok", notes=""))
    assert players.get(BOT).notes == ""


def test_a_bot_speaks_in_one_of_three_turns_of_its_own(players: Players) -> None:
    spoke = []
    for turn_no in range(10):
        may = players.get(BOT).may_speak
        spoke.append(may)
        count(players, BOT, PlayedTurn(turn_no + 1, "ok", speech="Howdy." if may else None))
    assert spoke == [number % (SILENT_TURNS + 1) == 0 for number in range(10)]


def test_each_bot_remembers_for_itself(players: Players) -> None:
    count(players, BOT, PlayedTurn(1, "ok", notes="mine"))
    assert players.get(binding("g1", 1)) == Player()


def test_a_bot_that_moved_remembers(redis: Redis, keys: Keys, players: Players) -> None:
    count(players, BOT, PlayedTurn(1, "ok", notes="B hides."))
    moved = Bindings(redis, keys).change("g1", IDS[0], lambda bot: bot.with_changes(instance="i2", lesson=2))
    assert moved is not None
    assert count(players, moved, PlayedTurn(5, "ok"))
    assert (players.get(moved).turns, players.get(moved).notes) == (2, "B hides.")


# -- guides ----------------------------------------------------------------------------------------------------------


def test_what_a_bot_was_taught_is_read_once_and_anew_after_another_lesson(
    redis: Redis, keys: Keys, players: Players
) -> None:
    assert players.taught(BOT, Guide(version="v1", rules="Shots bend."))
    assert players.guide(BOT).rules == "Shots bend."
    redis.delete(keys.player(BOT.bot_id))
    assert players.guide(BOT).rules == "Shots bend."
    again = Bindings(redis, keys).change("g1", IDS[0], lambda bot: bot.with_changes(lesson=2))
    assert again is not None
    players.taught(again, Guide(version="v2", rules="Shots fly straight."))
    assert players.guide(again) == Guide(version="v2", rules="Shots fly straight.")


def test_a_lesson_that_is_not_the_latest_leaves_nothing(redis: Redis, keys: Keys, players: Players) -> None:
    Bindings(redis, keys).change("g1", IDS[0], lambda bot: bot.with_changes(lesson=2))
    assert not players.taught(BOT, Guide(version="v1", rules="old"))
    assert not redis.exists(keys.player(BOT.bot_id))


def test_guides_are_kept_within_bounds(players: Players) -> None:
    players.taught(BOT, Guide(version="v1", rules="x" * 2 * RULES_LIMIT))
    for lesson in range(GUIDES_CACHED + 10):
        players.guide(BOT.with_changes(lesson=lesson))
    assert len(players.guide(BOT).rules) == RULES_LIMIT
    assert len(players._guides) == GUIDES_CACHED


# -- the end ---------------------------------------------------------------------------------------------------------


def end(games: Games) -> None:
    games.forget("g1")


def take_off(games: Games) -> None:
    games.take_off("g1", [BOT], SeatState.UNASSIGNED)


def replace(games: Games) -> None:
    games.assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), [binding("g1", 0, bot_id="new")], replaced=[BOT])


@pytest.mark.parametrize("leave", [end, take_off, replace])
def test_nothing_is_kept_of_a_bot_that_is_gone_even_if_a_worker_still_plays_for_it(
    redis: Redis, keys: Keys, games: Games, players: Players, leave: object
) -> None:
    players.taught(BOT, Guide(version="v1"))
    count(players, BOT, PlayedTurn(1, "ok", notes="B hides."))
    assert redis.exists(keys.player(BOT.bot_id))
    leave(games)  # type: ignore[operator]
    assert not count(players, BOT, PlayedTurn(2, "ok", notes="late"))
    assert not players.taught(BOT, Guide(version="v1"))
    assert list(redis.scan_iter(f"{keys.prefix}player:*")) == []


def test_a_bot_that_replaces_another_does_not_inherit(games: Games, players: Players) -> None:
    count(players, BOT, PlayedTurn(1, "ok", notes="B hides."))
    replace(games)
    new: Binding = binding("g1", 0, bot_id="new")
    assert players.get(new) == Player()
    assert count(players, new, PlayedTurn(5, "ok"))
