"""The floor: what people and operators do at tables: look, say something, silence."""

import math
from typing import NamedTuple

from cowboy.brains.speech import is_plain_line
from cowboy.errors import BadRequest, Conflict, NotFound, TooMany
from cowboy.game.wire.talk import TalkMessage
from cowboy.state.games import AssignedGame
from cowboy.state.state import State
from cowboy.talk.speakers import SpeakerRule
from cowboy.talk.table import Silenced, Talk


class TableSheet(NamedTuple):
    """A table: its talk, None if it has none yet; the rule of who is next; what is muted of it; what was told."""

    game_id: str
    talk: Talk | None
    rule: SpeakerRule
    muted: tuple[str, ...]
    history: tuple[TalkMessage, ...]


class Floor:
    """Thread-safe."""

    def __init__(self, state: State) -> None:
        self._settings = state.settings
        self._talks = state.talks
        self._games = state.games
        self._bindings = state.bindings

    def show(self, game_id: str, player_id: str | None = None) -> TableSheet:
        """A game's table, with what this seat has heard besides what all have. Raises `NotFound`."""
        self._game(game_id)
        bots = self._bindings.of_game(game_id).values()
        about = {f"game {game_id}", *(f"bot {bot.bot_id}" for bot in bots), *(f"instance {it.instance}" for it in bots)}
        muted = tuple(sorted(about & self._talks.muted()))
        history = tuple(self._talks.history(game_id, player_id))
        return TableSheet(game_id, self._talks.get(game_id), self._talks.rules.speakers, muted, history)

    def say(self, game_id: str, player_id: str, text: str, to: str | None = None) -> None:
        """A person says something, to all or to one seat.

        Raises `NotFound`, `Conflict`, `BadRequest` or `TooMany`.
        """
        game = self._game(game_id)
        if self._settings.talk != "table":
            raise Conflict(f"there is no talk beside the game: COWBOY_TALK={self._settings.talk}; set table")
        people = {person.player_id for person in game.humans}
        if player_id not in people:
            raise BadRequest(f"player_id: {player_id!r} is no person of game {game_id}; bots speak for themselves")
        if to is not None and to not in people | self._bindings.of_game(game_id).keys():
            raise BadRequest(f"to: {to!r} is on no seat of game {game_id}; leave it out to speak to all")
        if not is_plain_line(text):
            raise BadRequest("text: a remark has visible characters on one line and nothing else")
        wait_ms = self._talks.admit(game_id, player_id, self._settings.talk_person_remarks_per_minute)
        if wait_ms > 0:
            wait_seconds = math.ceil(wait_ms / 1000)
            raise TooMany(f"{player_id} has said much in a short time; wait {wait_seconds} s", wait_seconds)
        self._talks.hear(game_id, player_id, text, to)

    def reset(self, game_id: str) -> None:
        """Silence a table until somebody speaks. Raises `NotFound`."""
        self._game(game_id)
        self._talks.take(game_id, Silenced())

    def mute(self, what: str, name: str, *, muted: bool = True) -> None:
        """Silence a `bot`, a `game` or an `instance`, or let it speak again. It passes from its next turn to speak."""
        self._talks.mute(what, name, muted=muted)

    def _game(self, game_id: str) -> AssignedGame:
        game = self._games.get(game_id)
        if game is None:
            raise NotFound(f"game {game_id} is not assigned")
        return game
