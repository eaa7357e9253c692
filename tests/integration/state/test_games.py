"""Assigned games, their bindings, their tables and records, in a real Redis."""

from datetime import UTC, datetime, timedelta

import pytest

from cowboy.game.wire.objects import PlayerIdentity
from cowboy.game.words import PlayerName
from cowboy.settings import Settings
from cowboy.state.bindings import Bindings, BindingStatus, SeatState
from cowboy.state.client import Redis
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from cowboy.state.leases import Leases
from cowboy.state.players import Guide, Players
from cowboy.state.records import Records
from cowboy.state.tables import Position, Stored, Tables, Update
from cowboy.state.turns import TurnRef, Turns
from tests.tables import IDS, a_command, a_record, binding, table

pytestmark = pytest.mark.integration

TTL_SECONDS = 60


class State:
    """Everything that is kept of games."""

    def __init__(self, redis: Redis, keys: Keys, recent_events: int = 20) -> None:
        self.games = Games(redis, keys, TTL_SECONDS)
        self.bindings = Bindings(redis, keys)
        self.tables = Tables(redis, keys, recent_events, patience_seconds=2, rescue_seconds=1)
        self.turns = Turns(redis, keys, lease_seconds=30, history_ttl_seconds=TTL_SECONDS, confirm_seconds=3)
        self.records = Records(redis, keys)

    def assign(self, game_id: str, *seats: int, **changes: object) -> AssignedGame:
        game = AssignedGame(
            game_id=game_id,
            turn_timeout_seconds=60,
            humans=(PlayerIdentity(player_name=PlayerName.A, player_id=IDS[0]),),
        )
        self.games.assign(game, [binding(game_id, seat, **changes) for seat in seats])
        return game


@pytest.fixture
def keys(settings: Settings) -> Keys:
    return Keys(settings.key_prefix)


@pytest.fixture
def state(redis: Redis, keys: Keys) -> State:
    return State(redis, keys)


def update(game_id: str, *summaries: str) -> Update:
    return Update(table(game_id), datetime.now(UTC) + timedelta(seconds=60), summaries)


def in_turn(game_id: str, turn_no: int, *summaries: str, lease: str = "") -> Update:
    plain = update(game_id, *summaries)
    return plain._replace(table=plain.table.model_copy(update={"turn_no": turn_no}), lease=lease)


def test_an_assignment_is_there_whole(state: State) -> None:
    game = state.assign("g1", 3, 1)
    assert state.games.get("g1") == game
    assert state.games.live() == {"g1"}
    assert list(state.bindings.of_game("g1")) == [IDS[1], IDS[3]]
    assert state.bindings.get("g1", IDS[1]).bot_id == "bot-1"
    assert state.bindings.get("g1", IDS[2]) is None


def test_a_bot_sits_down_on_the_seat_of_another_who_can_still_be_looked_at(state: State) -> None:
    state.assign("g1", 1, 2)
    before = state.bindings.get("g1", IDS[2])
    after = binding("g1", 2, bot_id="bot-new")
    state.games.assign(state.games.get("g1"), [after], replaced=[before])
    assert list(state.bindings.of_game("g1").values()) == [state.bindings.get("g1", IDS[1]), after]
    assert state.bindings.find("bot-new") == after
    assert state.bindings.find("bot-2") is None
    (gone,) = state.games.stopped("g1")
    assert (gone.bot_id, gone.status, gone.player_state) == ("bot-2", BindingStatus.STOPPED, SeatState.REPLACED)


def test_a_bot_that_is_taken_off_leaves_the_others_where_they_are(state: State, redis: Redis, keys: Keys) -> None:
    state.assign("g1", 1, 2)
    bot = state.bindings.get("g1", IDS[2])
    assert state.games.take_off("g1", [bot], SeatState.UNASSIGNED) == 1
    assert state.games.take_off("g1", [bot], SeatState.UNASSIGNED) == 0
    assert state.games.take_off("g1", [], SeatState.UNASSIGNED) == 0
    assert list(state.bindings.of_game("g1")) == [IDS[1]]
    assert state.bindings.seats() == [("g1", IDS[1])]
    assert 0 < redis.ttl(keys.stopped("g1")) <= TTL_SECONDS


def test_bots_are_found_by_their_ids(state: State) -> None:
    state.assign("g1", 1, 2)
    assert state.bindings.find("bot-1") == state.bindings.get("g1", IDS[1])
    assert state.bindings.find("bot-9") is None


def test_a_game_without_bots_is_known_all_the_same(state: State) -> None:
    game = state.assign("g1")
    assert state.games.live() == {"g1"}
    assert state.games.get("g1") == game


def test_a_forgotten_game_leaves_nothing_that_does_not_go_away_by_itself(
    state: State, redis: Redis, keys: Keys
) -> None:
    state.assign("g1", 0, 1)
    state.tables.store([update("g1", "{}")])
    state.tables.store_positions([Position("g1", 3)])
    Players(redis, keys).taught(binding("g1", 0), Guide(version="v1"))
    turn = TurnRef("g1", IDS[0], 1)
    _, claim = state.turns.claim(turn, "w")
    state.turns.decide(claim, a_command(turn))
    state.turns.publish(turn, a_command(turn), a_record(1).model_dump_json())
    assert state.games.forget("g1") == 2
    assert state.games.forget("g1") == 0
    left = set(redis.scan_iter(f"{keys.prefix}*"))
    assert left == {keys.records("g1"), keys.stopped("g1"), keys.ended("g1")}
    assert all(redis.ttl(key) > 0 for key in left)
    assert state.records.of_game("g1") == [a_record(1)]


def test_forgetting_one_game_leaves_the_others(state: State) -> None:
    for game_id in ("g1", "g11"):
        state.assign(game_id, 1)
        state.tables.store([update(game_id)])
    state.games.forget("g1")
    assert state.games.live() == {"g11"}
    assert state.bindings.get("g11", IDS[1]) is not None
    assert state.tables.load("g11").table is not None


def test_a_table_comes_back_as_it_was_stored_with_the_bot_to_act(state: State) -> None:
    state.assign("g1", 0)
    state.assign("g2", 1)
    first, second = update("g1"), update("g2")
    assert [stored.bot for stored in state.tables.store([first, second])] == [state.bindings.get("g1", IDS[0]), None]
    assert state.tables.load("g1") == (first.table, None, None)
    assert state.tables.store_positions([Position("g1", 7, queued_turn=1), Position("g2", 0)]) == set()
    assert state.tables.load("g1") == (first.table, 7, 1)
    assert state.tables.load("g2") == (second.table, 0, 0)
    assert state.tables.load("g3") == (None, None, None)


def test_a_table_on_which_nobody_is_to_act_has_no_bot(state: State) -> None:
    state.assign("g1", 0)
    over = update("g1")._replace(table=table("g1").model_copy(update={"current_player_id": None}))
    assert state.tables.store([over]) == [Stored(accepted=True, bot=None, closed=None)]


def test_the_last_events_are_kept_oldest_first(redis: Redis, keys: Keys) -> None:
    tables = Tables(redis, keys, 3, patience_seconds=2, rescue_seconds=1)
    tables.store([update("g1", "a", "b"), update("g2", "x")])
    tables.store([update("g1", "c", "d")])
    players = Players(redis, keys)
    assert players.get(binding("g1", 0)).recent == ("b", "c", "d")
    assert players.get(binding("g2", 0)).recent == ("x",)


def test_no_events_are_kept_where_none_are_wanted(redis: Redis, keys: Keys) -> None:
    tables = Tables(redis, keys, 0, patience_seconds=2, rescue_seconds=1)
    assert all(stored.accepted for stored in tables.store([update("g1", "a"), update("g2", "b")]))
    assert Players(redis, keys).get(binding("g1", 0)).recent == ()


def test_a_table_never_goes_back_to_an_earlier_turn(state: State) -> None:
    state.assign("g1", 0)
    later, earlier = in_turn("g1", 5), in_turn("g1", 4)
    assert [stored.accepted for stored in state.tables.store([later, earlier])] == [True, False]
    assert state.tables.load("g1").table == later.table
    assert state.tables.store([later])[0].accepted


def test_only_the_holder_of_the_lease_stores_anything(state: State, redis: Redis, keys: Keys) -> None:
    state.assign("g1", 1)
    lease = Leases(redis, keys, 60).share("b1")["g1"]
    mine, other = in_turn("g1", 2, "a", lease=lease), in_turn("g1", 3, "b", lease="7 b2")
    for _ in range(2):
        assert [answer.accepted for answer in state.tables.store([mine, other])] == [True, False]
        refused = state.tables.store_positions([Position("g1", 7, 2, lease), Position("g1", 9, 3, "7 b2")])
        assert refused == {"g1"}
        assert state.tables.load("g1") == (mine.table, 7, 2)
    assert set(Players(redis, keys).get(binding("g1", 1)).recent) == {"a"}


def test_the_former_holder_of_the_lease_of_a_forgotten_game_leaves_nothing_of_it(
    state: State, redis: Redis, keys: Keys
) -> None:
    state.assign("g1", 1)
    lease = Leases(redis, keys, 60).share("b1")["g1"]
    state.games.forget("g1")
    assert not state.tables.store([in_turn("g1", 2, "a", lease=lease)])[0].accepted
    assert state.tables.store_positions([Position("g1", 7, 2, lease)]) == {"g1"}
    assert not redis.exists(keys.table("g1"), keys.recent("g1"), keys.leases)


def test_tables_are_stored_by_a_redis_that_has_forgotten_the_script(state: State, redis: Redis, keys: Keys) -> None:
    state.tables.store([update("g1")])
    redis.script_flush()
    later = [in_turn("g1", 2, "a"), in_turn("g2", 2, "b")]
    assert [answer.accepted for answer in state.tables.store(later)] == [True, True]
    assert redis.lrange(keys.recent("g1"), 0, -1) == ["a"]
