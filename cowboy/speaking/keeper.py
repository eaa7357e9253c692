"""The talk keeper: moves each table on that something happened at, and tells what it tells.

    due ──► take in what was heard, see who sits there, end what has run out ──► publish ──► ask the speaker

A table at which nothing is to be done is not looked at. Any number of keepers may run: a table that one has taken is
given to no other for a second, and two that look at it all the same publish a message twice, under one id.
"""

import threading
from collections.abc import Callable, Iterable, Mapping

import structlog

from cowboy.bus.admin import TopicAdmin
from cowboy.bus.producer import Producer
from cowboy.bus.topics import TopicNames
from cowboy.celery.dispatch import Speaker, ask_for_remarks
from cowboy.errors import BusError, WorldError
from cowboy.process.periodic import PeriodicTask, run_due
from cowboy.process.service import repeat
from cowboy.state.bindings import Binding, BindingStatus
from cowboy.state.state import State
from cowboy.state.talk import Overdue
from cowboy.talk.table import Input, Listed, MembersChanged, Talk

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.1
AT_ONCE = 100
CLOSING_SECONDS = 1.0
_SETTLED = {BindingStatus.READY, BindingStatus.FAILED}


def members_now(
    bots: Mapping[str, Binding], alive: frozenset[str] | None, turn_ms: int
) -> Callable[[Talk | None], list[Input]]:
    """What a table has to learn of its members. Pure.

    A table begins when each bot is `READY`, or will not be; `turn_ms` is how long each has the word there. A bot that
    is taught anew keeps its place; one that is dead or off its seat leaves. `alive` are the players that are, None if
    that is not known.
    """
    here = {player_id: bot for player_id, bot in bots.items() if alive is None or player_id in alive}
    ready = tuple(player_id for player_id, bot in here.items() if bot.status == BindingStatus.READY)

    def changes(talk: Talk | None) -> list[Input]:
        if talk is None or not talk.order:
            begins = ready and all(bot.status in _SETTLED for bot in here.values())
            return [Listed(ready, turn_ms)] if begins else []
        come = tuple(player_id for player_id in ready if player_id not in talk.order)
        leave = tuple(player_id for player_id in talk.order if player_id not in here)
        return [MembersChanged(come, leave)] if come or leave else []

    return changes


class TalkKeeper:
    """A talk keeper. It runs in its own thread, beside the keeper's."""

    def __init__(self, state: State) -> None:
        self._settings = state.settings
        self._talks = state.talks
        self._bindings = state.bindings
        self._games = state.games
        self._tables = state.tables
        self._topics = TopicNames.of(state.settings)
        self._producer: Producer | None = None
        self._admin: TopicAdmin | None = None
        self._made: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set. After a failure of Redis or Kafka it tries again, after growing pauses."""
        tasks = (PeriodicTask(0, self.look), PeriodicTask(CLOSING_SECONDS, self._close_topics))
        repeat(stop, lambda: run_due(tasks), kind="talk_keeper", rest_seconds=TICK_SECONDS)

    def close(self) -> None:
        """Close all connections."""
        for client in (self._producer, self._admin):
            if client is not None:
                client.close()

    def look(self) -> None:
        """Move the tables on that are due. Raises `StateError`."""
        for game_id in self._talks.due(AT_ONCE):
            with structlog.contextvars.bound_contextvars(game_id=game_id):
                try:
                    self._move_on(game_id)
                except WorldError as error:  # it is due again in a moment
                    log.warning("talk_waits", error=str(error))

    def _move_on(self, game_id: str) -> None:
        bots = self._bindings.of_game(game_id)
        if not bots:  # the game is over, and something was stored while it was forgotten
            self._talks.forget(game_id)
            return
        table = self._tables.load(game_id).table
        alive = frozenset(player.player_id for player in table.state.alive) if table is not None else None
        self._talks.look(game_id, members_now(bots, alive, self._turn_ms(game_id, len(bots))))
        overdue = self._talks.unsent(game_id)
        if overdue is None:
            self._talks.settle(game_id, "", "")
            return
        asked, ask_ms = overdue.asked, None
        if self._settings.talk == "table":
            self._publish(overdue)
            talk = overdue.talk
            if talk.speaker is not None and talk.turn_seq != asked:
                ask_ms = talk.asks_at(self._settings.talk_pause_ms)
            if ask_ms is not None and ask_ms <= overdue.now_ms:
                ask_for_remarks(_speakers(game_id, talk, bots))
                asked, ask_ms = talk.turn_seq, None
        sent = overdue.unsent[-1][0] if overdue.unsent else overdue.sent
        self._talks.settle(game_id, overdue.stored, sent, asked=asked, ask_ms=ask_ms)

    def _turn_ms(self, game_id: str, bots: int) -> int:
        """How long a bot has the word. Where it speaks by a turn of the game, one comes round in that time."""
        seconds = self._settings.talk_turn_seconds
        if self._settings.talk == "command" and (game := self._games.get(game_id)) is not None:
            seconds = max(seconds, game.turn_timeout_seconds * (bots + len(game.humans)))
        return round(seconds * 1000)

    def _publish(self, overdue: Overdue) -> None:
        """What everybody may hear, and has not read on the output topic, stands on the topic afterwards. Raises
        `BusError`.
        """
        messages = [message for _, message in overdue.unsent if message.to is None and message.command_id is None]
        if not messages:
            return
        topic = self._topics.talk_of(overdue.game_id)
        self._producer = self._producer or Producer(self._settings)
        try:
            if topic not in self._made:
                self._topic_admin().create([topic])
                self._made.add(topic)
            for sent in [self._producer.send(topic, overdue.game_id, message.to_json()) for message in messages]:
                sent.wait()
        except BusError:
            self._made.discard(topic)  # an embedded broker that was started anew has lost it
            raise

    def _close_topics(self) -> None:
        """The topics of games that are over go, as those of the game do."""
        for game_id in self._talks.closing(AT_ONCE):
            topic = self._topics.talk_of(game_id)
            self._topic_admin().delete([topic])
            self._made.discard(topic)
            self._talks.closed(game_id)

    def _topic_admin(self) -> TopicAdmin:
        self._admin = self._admin or TopicAdmin(self._settings)
        return self._admin


def _speakers(game_id: str, talk: Talk, bots: Mapping[str, Binding]) -> Iterable[Speaker]:
    bot = bots.get(talk.speaker or "")
    if bot is not None:
        yield Speaker(game_id, bot.player_id, talk.turn_seq, bot.instance)
