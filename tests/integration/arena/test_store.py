"""Games in Redis: a change is stored whole or not at all, and never over somebody else's."""

import pytest

from cowboy.arena.change import Change
from cowboy.arena.outbox import Outbox
from cowboy.arena.store import GameStore
from cowboy.errors import NotFound, StateError
from cowboy.game.words import CommandType, GameStatus
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.keys import Keys
from tests.integration.arena.topics import stored_game
from tests.unit.arena.builders import NOW, command


def everything(redis: Redis, settings: Settings) -> dict[str, list[str]]:
    """Every key of the test, with what is in it."""
    return {key: sorted(_content(redis, key)) for key in map(str, redis.scan_iter(f"{settings.key_prefix}*"))}


def _content(redis: Redis, key: str) -> list[str]:
    kind = redis.type(key)
    if kind == "hash":
        return [str(item) for item in redis.hgetall(key).items()]
    if kind == "zset":
        return [str(item) for item in redis.zrange(key, 0, -1, withscores=True)]
    if kind == "set":
        return list(redis.smembers(key))  # type: ignore[arg-type]
    if kind == "stream":
        return [str(item) for item in redis.xrange(key)]  # type: ignore[union-attr]
    return list(redis.lrange(key, 0, -1))  # type: ignore[arg-type]


def speak(change: Change, command_id: str = "c-1", turn_no: int = 1) -> None:
    said = command(CommandType.SPEAK, speak_text="hello", command_id=command_id, turn_no=turn_no)
    change.process(said.model_copy(update={"player_id": change.record.current_player_id}), NOW)


def test_a_change_stores_state_event_audit_id_position_and_deadline_together(
    settings: Settings, store: GameStore, outbox: Outbox, redis: Redis
) -> None:
    game, keys = stored_game(settings, store), Keys(settings.key_prefix)

    def edit(change: Change) -> None:
        speak(change)
        change.position = 7

    store.change(game.game_id, edit)

    after = store.load(game.game_id)
    assert after.board.turn_no == 2
    assert [entry.event_type for entry in outbox.pending()] == ["STEP_APPLIED"]
    assert redis.xlen(keys.arena_audit(game.game_id)) == 1
    assert redis.smembers(keys.arena_seen(game.game_id)) == {"c-1"}
    assert store.live_positions() == {game.game_id: 7}
    assert store.deadlines(10) == [(game.game_id, after.deadline_ms)]


def test_a_change_that_fails_half_way_leaves_no_trace(settings: Settings, store: GameStore, redis: Redis) -> None:
    game = stored_game(settings, store)
    before = everything(redis, settings)

    def edit(change: Change) -> None:
        speak(change)
        raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        store.change(game.game_id, edit)
    assert everything(redis, settings) == before


def test_a_change_that_met_another_is_made_again_on_the_new_state(settings: Settings, store: GameStore) -> None:
    game, attempts = stored_game(settings, store), []

    def edit(change: Change) -> None:
        attempts.append(change.record.board.turn_no)
        if len(attempts) == 1:
            store.change(game.game_id, lambda other: speak(other, "other", 1))
        speak(change, "mine", 2)

    store.change(game.game_id, edit, ["mine"])

    assert attempts == [1, 2]
    assert store.load(game.game_id).board.turn_no == 3


def test_a_change_that_always_meets_others_is_given_up(settings: Settings, store: GameStore) -> None:
    game = stored_game(settings, store)

    def edit(change: Change) -> None:
        store.change(game.game_id, lambda other: setattr(other, "position", other.position + 1))
        change.position = 0
        speak(change)

    with pytest.raises(StateError, match="was changed by others"):
        store.change(game.game_id, edit)


def test_an_id_seen_in_an_earlier_change_is_known_in_the_next(settings: Settings, store: GameStore) -> None:
    game = stored_game(settings, store)
    store.change(game.game_id, speak, ["c-1"])
    store.change(game.game_id, lambda change: speak(change, "c-1", 2), ["c-1"])

    assert store.load(game.game_id).board.turn_no == 2


def test_a_finished_game_expires_and_has_no_deadline(settings: Settings, store: GameStore, redis: Redis) -> None:
    game, keys = stored_game(settings, store, max_turns=1), Keys(settings.key_prefix)
    store.change(game.game_id, speak)

    assert store.load(game.game_id).status is GameStatus.FINISHED
    assert store.deadlines(10) == []
    for key in (keys.arena_game(game.game_id), keys.arena_seen(game.game_id), keys.arena_audit(game.game_id)):
        assert 0 < redis.ttl(key) <= settings.history_ttl_seconds


def test_a_finished_game_stays_among_the_live_until_its_end_is_published_and_its_topics_are_gone(
    settings: Settings, store: GameStore, outbox: Outbox
) -> None:
    game = stored_game(settings, store, max_turns=1)
    store.change(game.game_id, speak)
    assert (set(store.live_positions()), store.closing()) == ({game.game_id}, {})

    outbox.remove(outbox.pending())
    assert (set(store.live_positions()), set(store.closing())) == ({game.game_id}, {game.game_id})

    store.forget_closing(game.game_id)
    assert store.live_positions() == {}


def test_a_closed_game_makes_no_events(settings: Settings, store: GameStore, outbox: Outbox) -> None:
    game = stored_game(settings, store)
    store.mark_closed(game.game_id)
    store.change(game.game_id, speak)

    assert outbox.pending() == []


def test_a_removed_game_leaves_nothing(settings: Settings, store: GameStore, redis: Redis) -> None:
    game = stored_game(settings, store)
    store.change(game.game_id, lambda change: setattr(change, "position", 3))
    store.remove(game.game_id)

    assert everything(redis, settings) == {}
    with pytest.raises(NotFound, match=f"game {game.game_id} not found"):
        store.load(game.game_id)


def test_a_look_at_a_deadline_is_not_put_off_once_the_game_moved_on(settings: Settings, store: GameStore) -> None:
    game = stored_game(settings, store)
    store.look_again(game, 99)
    assert store.deadlines(10) == [(game.game_id, 99)]

    store.change(game.game_id, lambda change: change.apply(game.board._replace(turn_no=2), NOW.replace(hour=23)))
    store.look_again(game, 100)
    assert store.deadlines(10) == [(game.game_id, store.load(game.game_id).deadline_ms)]
