"""Players: what is kept of a bot from turn to turn, for every worker that plays it, until it is taken off its seat.

Its binding says where and with which brain it plays; the events in short that the bridge keeps say what happened in the
game. Everything else is kept here, under the bot's own id: it stays when the bot moves, and a bot that replaces another
begins with nothing.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from cowboy.state.bindings import Binding
from cowboy.state.client import Call, Redis, call_all, script, state_errors
from cowboy.state.keys import Keys

SILENT_TURNS = 2
"""A bot that spoke acts in so many turns of its own before it speaks again: a speech costs the turn."""

GUIDES_CACHED = 256
"""Guides that a worker keeps; a guide of a lesson never changes."""

RULES_LIMIT = 20_000
"""Characters of a guide's rules that are kept."""

_OUTCOME = "outcome:"


class Guide(BaseModel):
    """What a brain may want of the lesson that its bot was taught."""

    model_config = ConfigDict(frozen=True)

    version: str
    rules: str = ""


class Player(NamedTuple):
    """A bot as it remembers itself. `turns` are those it played, `outcomes` how they came about, in the record's words.

    `spoke_at` counts in its own turns; `last_speech` is what it said then. `recent` are the game's last events in
    short, oldest first. `is_nobody` says that another seat has the bot's character by now.
    """

    turns: int = 0
    outcomes: Mapping[str, int] = {}
    fallbacks: int = 0
    speeches: int = 0
    spoke_at: int | None = None
    last_speech: str = ""
    notes: str = ""
    recent: tuple[str, ...] = ()
    is_nobody: bool = False

    @property
    def may_speak(self) -> bool:
        """Whether its last speech is long enough ago."""
        return self.spoke_at is None or self.turns - self.spoke_at >= SILENT_TURNS


class PlayedTurn(NamedTuple):
    """What a player remembers of a turn. `notes` are new ones, or None; `speech` is what it said, if it did."""

    turn_no: int
    outcome: str
    by_fallback: bool = False
    speech: str | None = None
    notes: str | None = None


class Players:
    """All players, by their bindings. Thread-safe."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys
        self._update_player = script(client, "update_player")
        self._guides: OrderedDict[tuple[str, int], Guide] = OrderedDict()
        self._guarding = threading.Lock()

    def get(self, bot: Binding) -> Player:
        """What is kept of it, and what happened in its game. One round trip."""
        with state_errors(f"reading what bot {bot.bot_id} remembers"), self._redis.pipeline(False) as pipeline:
            pipeline.hgetall(self._keys.player(bot.bot_id))
            pipeline.lrange(self._keys.recent(bot.game_id), 0, -1)
            if bot.character is not None:
                pipeline.hget(self._keys.character(bot.character.name.lower()), "holder")
            kept, recent, *holder = pipeline.execute()
        return Player(
            turns=int(kept.get("turns", 0)),
            outcomes={
                name.removeprefix(_OUTCOME): int(count) for name, count in kept.items() if name.startswith(_OUTCOME)
            },
            fallbacks=int(kept.get("fallbacks", 0)),
            speeches=int(kept.get("speeches", 0)),
            spoke_at=int(kept["spoke_at"]) if "spoke_at" in kept else None,
            last_speech=kept.get("last_speech", ""),
            notes=kept.get("notes", ""),
            recent=tuple(reversed(recent)),
            is_nobody=bot.character is not None and holder != [bot.character.holder],
        )

    def counting(self, bot: Binding, turn: PlayedTurn) -> Call:
        """The call that counts a turn which stands on the input topic, unless the bot is gone.

        Turns are counted in their order, each once: an earlier turn that comes later changes nothing.
        """
        texts = {"notes": turn.notes, "last_speech": turn.speech}
        return self._change(
            bot,
            turn=turn.turn_no,
            spoke=turn.speech is not None,
            set={name: text for name, text in texts.items() if text is not None},
            add={
                "turns": 1,
                f"{_OUTCOME}{turn.outcome}": 1,
                "fallbacks": int(turn.by_fallback),
                "speeches": int(turn.speech is not None),
            },
        )

    def taught(self, bot: Binding, guide: Guide) -> bool:
        """Keep what the bot was taught in its present lesson. Returns False if it has a newer lesson, or is gone."""
        cut = guide.model_copy(update={"rules": guide.rules[:RULES_LIMIT]})
        change = self._change(bot, lesson=bot.lesson, set={"guide": cut.model_dump_json()}, add={})
        with state_errors(f"keeping what bot {bot.bot_id} was taught"):
            return bool(call_all(self._redis, [change])[0])

    def guide(self, bot: Binding) -> Guide:
        """What the bot was taught, or only the version if nothing else was kept. Each worker reads it once."""
        lesson = (bot.bot_id, bot.lesson)
        with self._guarding:
            if lesson in self._guides:
                self._guides.move_to_end(lesson)
                return self._guides[lesson]
        with state_errors(f"reading what bot {bot.bot_id} was taught"):
            stored = self._redis.hget(self._keys.player(bot.bot_id), "guide")
        if not isinstance(stored, str):
            return Guide(version=bot.game_guide_version)
        guide = Guide.model_validate_json(stored)
        with self._guarding:
            self._guides[lesson] = guide
            while len(self._guides) > GUIDES_CACHED:
                self._guides.popitem(last=False)
        return guide

    def _change(self, bot: Binding, **change: object) -> Call:
        return Call(
            self._update_player,
            keys=[self._keys.bindings(bot.game_id), self._keys.player(bot.bot_id)],
            args=[bot.player_id, bot.bot_id, json.dumps(change)],
        )
