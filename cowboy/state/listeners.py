"""Listeners: they hear of a game's five moments; the bridge, the turn's player and the ending know none of them.

A listener is told of moments in batches, where a pipeline is about to be sent to Redis anyway, and answers with the
calls of scripts that are to go along. It is told at least once; a moment's identity tells a repetition. Whatever it
does wrong is logged and counted, and costs no turn, no lease and no game. It must not wait for anything: the caller has
a turn to play.

Ours are named in `OURS`; those of other packages in `COWBOY_LISTENERS`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from typing import Protocol, TypeVar

import structlog
from redis.commands.core import Script

from cowboy.errors import BadPlugin
from cowboy.errors.cause import place_of
from cowboy.settings import Settings
from cowboy.state.client import Call, Redis
from cowboy.state.keys import Keys
from cowboy.state.moments import BotReady, EventStored, GameAssigned, GameEnded, Moment, TurnPlayed

log = structlog.get_logger(__name__)

OURS: tuple[str, ...] = ("cowboy.state.cast:Cast", "cowboy.state.talk_listener:TalkListener")
"""Our own listeners, as `module:Class`."""

LOGGED_AT_MOST = 1000
"""A listener that fails is logged the first time, and then each time after so many failures."""


class Connected(Protocol):
    """What a listener is built with: a `cowboy.state.state.State`, of which these are the least."""

    settings: Settings
    redis: Redis
    keys: Keys


class Listener:
    """Hears nothing. A subclass overrides what it wants to hear, and is built once for each process.

    Each method takes a batch, is called from several threads, and returns the calls that are to be sent along.
    """

    def __init__(self, state: Connected) -> None:
        self.state = state

    def games_assigned(self, moments: Sequence[GameAssigned]) -> Iterable[Call]:
        """Before its bots are taught."""
        return ()

    def bots_ready(self, moments: Sequence[BotReady]) -> Iterable[Call]:
        """Before the bot's first turn is queued."""
        return ()

    def events_stored(self, moments: Sequence[EventStored]) -> Iterable[Call]:
        """After the turns that the events opened were queued; in the order of each game's events."""
        return ()

    def turns_played(self, moments: Sequence[TurnPlayed]) -> Iterable[Call]:
        """After the command was sent."""
        return ()

    def games_ended(self, moments: Sequence[GameEnded]) -> Iterable[Call]:
        """Before what is known of the game is forgotten."""
        return ()


M = TypeVar("M", bound=Moment)


class Listeners:
    """All listeners of a process. Thread-safe. `failures` counts by listener and moment."""

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self._listeners = tuple(listeners)
        self.failures: Counter[tuple[str, str]] = Counter()

    @classmethod
    def of(cls, state: Connected) -> "Listeners":
        """Those that are named. Raises `BadPlugin` if one cannot be had."""
        return cls(_load(name, state) for name in (*OURS, *filter(None, state.settings.listeners.split(","))))

    def games_assigned(self, *moments: GameAssigned) -> list[Call]:
        return self._tell(moments, lambda listener: listener.games_assigned)

    def bots_ready(self, *moments: BotReady) -> list[Call]:
        return self._tell(moments, lambda listener: listener.bots_ready)

    def events_stored(self, *moments: EventStored) -> list[Call]:
        return self._tell(moments, lambda listener: listener.events_stored)

    def turns_played(self, *moments: TurnPlayed) -> list[Call]:
        return self._tell(moments, lambda listener: listener.turns_played)

    def games_ended(self, *moments: GameEnded) -> list[Call]:
        return self._tell(moments, lambda listener: listener.games_ended)

    def _tell(
        self, moments: Sequence[M], method: Callable[[Listener], Callable[[Sequence[M]], Iterable[Call]]]
    ) -> list[Call]:
        """The calls of all listeners, none of which can fail the pipeline that they are sent in."""
        calls: list[Call] = []
        for listener in self._listeners if moments else ():
            hears = method(listener)
            failed = partial(self._failed, type(listener).__name__, hears.__name__)
            try:
                wanted = list(hears(moments))
                if not all(map(_can_be_sent, wanted)):
                    raise TypeError("it wants something sent that is no call of a script")  # noqa: TRY301
            except Exception as error:  # noqa: BLE001  # a listener may be anybody's
                failed(error)
            else:
                calls += [call._replace(on_error=failed) for call in wanted]
        return calls

    def _failed(self, listener: str, moment: str, error: Exception) -> None:
        self.failures[listener, moment] += 1
        count = self.failures[listener, moment]
        if count % LOGGED_AT_MOST == 1:
            log.error("listener_failed", listener=listener, moment=moment, reason=place_of(error), failures=count)


def _can_be_sent(call: object) -> bool:
    return (
        isinstance(call, Call)
        and isinstance(call.script, Script)
        and all(isinstance(value, str | bytes | int | float) for value in (*call.keys, *call.args))
    )


def _load(name: str, state: Connected) -> Listener:
    module, _, attribute = name.partition(":")
    try:
        kind = getattr(import_module(module), attribute)
        built = kind(state)
    except Exception as error:
        raise BadPlugin(f"listener {name}: it cannot be built: {place_of(error)}; mend COWBOY_LISTENERS") from error
    if not isinstance(built, Listener):
        raise BadPlugin(f"listener {name}: it is no cowboy.state.listeners.Listener; mend COWBOY_LISTENERS")
    return built
