"""Tells viewers what is said at their game's table, and who has the word, as it stands on the talk topics.

Only with `COWBOY_TALK=table`.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from cowboy.arena.messages import Message
from cowboy.arena.watcher import Watcher
from cowboy.arena.worker import ReadingWorker
from cowboy.bus.reader import TopicReader
from cowboy.clients.bot_manager import BotManager
from cowboy.errors import BotManagerError, Refused
from cowboy.game.wire.http import Said, SayRequest
from cowboy.game.wire.stream import StreamTalk
from cowboy.game.wire.talk import TalkMessage
from cowboy.process.milliseconds import milliseconds
from cowboy.settings import Settings
from cowboy.state.dead_letters import DeadLetters

READER = "chat"
READ_MS = 50
IDLE_SECONDS = 1.0


class Chat(ReadingWorker[TalkMessage]):
    """Its thread reads the topics of watched games, each from its beginning."""

    def __init__(
        self, settings: Settings, watcher: Watcher, dead_letters: DeadLetters, now: Callable[[], datetime]
    ) -> None:
        super().__init__("chat", TopicReader(settings, TalkMessage, partial(dead_letters.add, READER)))
        self._watcher = watcher
        self._now = now

    def step(self) -> None:
        self.reader.connect()
        games = self._watcher.watched()
        if games != self.reader.games:
            self.reader.follow(dict.fromkeys(games))
        if not games:
            self.rest(IDLE_SECONDS)
            return
        for batch in self.reader.poll(READ_MS, rest_ms=milliseconds(IDLE_SECONDS)):
            for message, _ in batch.messages:
                if message.to is None:
                    text = StreamTalk.of(message, self._now()).to_json().decode()
                    self._watcher.tell_talk(batch.game_id, Message(None, text, 0, None))


PASSED_ON = frozenset({400, 404, 409, 422, 429})
"""What a person can mend, or wait for. Any other refusal, such as of the arena's token, is the operator's."""


class Speech:
    """What people at the page say goes to the bot manager, which keeps the tables. Thread-safe."""

    def __init__(self, manager: BotManager, now: Callable[[], datetime]) -> None:
        self._manager = manager
        self._now = now

    def say(self, game_id: str, request: SayRequest) -> Said:
        """Raises `Refused` with the bot manager's words, `BotManagerError` where they are none for the person."""
        try:
            self._manager.post("games", game_id, "talk", body={"player_id": request.player_id, "text": request.text})
        except BotManagerError as error:
            if error.answered in PASSED_ON:
                raise Refused(error.words, error.answered, error.wait_seconds) from None
            raise
        return Said(said_at=self._now())
