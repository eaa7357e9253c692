"""Topics of finished games go after their grace, and again if they come back."""

from datetime import datetime, timedelta

from cowboy.arena.change import Change
from cowboy.arena.housekeeper import Housekeeper
from cowboy.arena.outbox import Outbox
from cowboy.arena.record import GameRecord
from cowboy.arena.store import GameStore
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.topics import TopicNames
from cowboy.game.words import CommandType
from cowboy.settings import Settings
from tests.integration.arena.topics import game_with_topics
from tests.unit.arena.builders import NOW, command
from tests.waiting import wait_for


def housekeeper_at(
    settings: Settings, store: GameStore, outbox: Outbox, admin: TopicAdmin, at: datetime
) -> Housekeeper:
    return Housekeeper(settings, store, outbox, admin, lambda: at)


def finish(store: GameStore, game: GameRecord) -> None:
    """Play the only turn of a game with `max_turns` 1."""
    said = command(CommandType.SPEAK, speak_text="x", turn_no=1)
    store.change(game.game_id, lambda change: change.process(said, NOW))


def are_there(admin: TopicAdmin, game: GameRecord) -> None:
    wait_for(lambda: {game.input_topic, game.output_topic} <= set(admin.list()))


def are_gone(admin: TopicAdmin, game: GameRecord) -> None:
    """Of several nodes one may tell it a moment later than another."""
    wait_for(lambda: not {game.input_topic, game.output_topic} & set(admin.list()))


def test_topics_stay_for_the_grace_and_then_go(
    settings: Settings, store: GameStore, redis: object, admin: TopicAdmin
) -> None:
    game = game_with_topics(settings, store, admin, max_turns=1)
    outbox = Outbox(settings, redis, lambda: NOW)  # type: ignore[arg-type]
    finish(store, game)
    outbox.remove(outbox.pending())
    grace = timedelta(seconds=settings.topic_grace_seconds)

    housekeeper_at(settings, store, outbox, admin, NOW + grace * 0.9).close_finished()
    are_there(admin, game)

    housekeeper_at(settings, store, outbox, admin, NOW + grace).close_finished()
    are_gone(admin, game)
    assert store.load(game.game_id).closed
    assert store.live_positions() == {}


def test_topics_wait_for_what_is_still_to_be_published(
    settings: Settings, store: GameStore, outbox: Outbox, admin: TopicAdmin
) -> None:
    game = game_with_topics(settings, store, admin, max_turns=1)
    finish(store, game)
    outbox.remove(outbox.pending())
    late = command(CommandType.SPEAK, speak_text="late", command_id="late")
    store.change(game.game_id, lambda change: change.process(late, NOW))
    housekeeper = housekeeper_at(settings, store, outbox, admin, datetime.max.replace(tzinfo=NOW.tzinfo))

    housekeeper.close_finished()
    are_there(admin, game)

    outbox.remove(outbox.pending())
    housekeeper.close_finished()
    are_gone(admin, game)


def test_a_topic_that_came_back_is_deleted_again_and_no_other(
    settings: Settings, store: GameStore, outbox: Outbox, admin: TopicAdmin
) -> None:
    over, live = game_with_topics(settings, store, admin), game_with_topics(settings, store, admin)
    stranger = f"{settings.input_topic_prefix}.somebody-elses.v1"
    talk_of_over, talk_of_live = map(TopicNames.of(settings).talk_of, (over.game_id, live.game_id))
    admin.create([stranger, talk_of_over, talk_of_live])
    store.change(over.game_id, _close)

    housekeeper_at(settings, store, outbox, admin, NOW).sweep()

    are_gone(admin, over)
    are_there(admin, live)
    wait_for(lambda: talk_of_over not in admin.list())
    assert {stranger, talk_of_live} <= set(admin.list())


def _close(change: Change) -> None:
    change.record = change.record.model_copy(update={"closed": True})
