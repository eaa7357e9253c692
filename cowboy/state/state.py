"""The state: everything in Redis, for one process. One pool of connections, and a store for each noun.

A process makes one `State` where it begins, and hands it to all that need Redis. The stores take what they need of the
settings here and nowhere else.
"""

import functools
from collections.abc import Sequence
from functools import cached_property

from cowboy.process.milliseconds import milliseconds
from cowboy.settings import Settings, settings
from cowboy.state.bindings import Bindings
from cowboy.state.careers import Careers
from cowboy.state.character_leases import CharacterLeases
from cowboy.state.characters import Characters
from cowboy.state.client import Call, Redis, call_all, connect, state_errors
from cowboy.state.dead_letters import DeadLetters
from cowboy.state.due import Due
from cowboy.state.games import Games
from cowboy.state.idempotency import Answers
from cowboy.state.incarnations import Incarnations
from cowboy.state.instances import Instances
from cowboy.state.keys import Keys
from cowboy.state.knowledge import Scopes
from cowboy.state.leases import Leases
from cowboy.state.lessons import Lessons
from cowboy.state.listeners import Listeners
from cowboy.state.notes import TurnNotes
from cowboy.state.players import Players
from cowboy.state.presence import Presence, bridges, keepers
from cowboy.state.processes import Processes
from cowboy.state.providers import Providers
from cowboy.state.queues import Queues
from cowboy.state.records import Records
from cowboy.state.roster import Roster
from cowboy.state.tables import Tables
from cowboy.state.talk import Talks
from cowboy.state.transcripts import Transcripts
from cowboy.state.turns import Turns
from cowboy.state.usage import Usages
from cowboy.talk.rules import Rules
from cowboy.talk.speakers import SPEAKER_RULES


class State:
    """Thread-safe. Nothing is sent before a store is used; each store is made when it is first wanted."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self.settings = settings
        self.redis = redis
        self.keys = Keys(settings.key_prefix)

    @classmethod
    def of(cls, settings: Settings, *, patience_seconds: float = 2.5, retries: int = 2) -> "State":
        """With a pool of its own. `patience_seconds` is how long an answer may take; after that, so many `retries`."""
        return cls(settings, connect(settings, patience_seconds=patience_seconds, retries=retries))

    def send(self, calls: Sequence[Call]) -> None:
        """Make calls that go along with nothing else. Raises `StateError`."""
        if calls:
            with state_errors("making the calls of listeners"):
                call_all(self.redis, calls)

    @cached_property
    def bindings(self) -> Bindings:
        return Bindings(self.redis, self.keys)

    @cached_property
    def bridges(self) -> Presence:
        return bridges(self.redis, self.keys, self.settings.bridge_lease_seconds)

    @cached_property
    def characters(self) -> Characters:
        return Characters(self.roster)

    @cached_property
    def character_leases(self) -> CharacterLeases:
        return CharacterLeases(self.roster)

    @cached_property
    def careers(self) -> Careers:
        return Careers(self.roster)

    @cached_property
    def roster(self) -> Roster:
        return Roster(self.redis, self.keys, self.settings)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self.redis, self.keys)

    @cached_property
    def due(self) -> Due:
        return Due(self.redis, self.keys)

    @cached_property
    def games(self) -> Games:
        return Games(self.redis, self.keys, self.settings.history_ttl_seconds)

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.redis, self.keys)

    @cached_property
    def instances(self) -> Instances:
        return Instances(self.redis, self.keys, self.settings.dead_after_seconds)

    @cached_property
    def keepers(self) -> Presence:
        return keepers(self.redis, self.keys, self.settings.dead_after_seconds)

    @cached_property
    def knowledge(self) -> Scopes:
        return Scopes(self.redis, self.keys, self.settings)

    @cached_property
    def leases(self) -> Leases:
        return Leases(self.redis, self.keys, self.settings.bridge_lease_seconds)

    @cached_property
    def lessons(self) -> Lessons:
        return Lessons(self.redis, self.keys)

    @cached_property
    def listeners(self) -> Listeners:
        """Raises `BadPlugin` if one that is named cannot be had."""
        return Listeners.of(self)

    @cached_property
    def incarnations(self) -> Incarnations:
        return Incarnations(self.redis, self.keys)

    @cached_property
    def players(self) -> Players:
        return Players(self.redis, self.keys)

    @cached_property
    def processes(self) -> Processes:
        return Processes(self.redis, self.keys, self.settings.dead_after_seconds)

    @cached_property
    def providers(self) -> Providers:
        return Providers(self.redis, self.keys, self.settings.history_ttl_seconds)

    @cached_property
    def queues(self) -> Queues:
        return Queues(self.redis, self.keys)

    @cached_property
    def records(self) -> Records:
        return Records(self.redis, self.keys)

    @cached_property
    def tables(self) -> Tables:
        return Tables(
            self.redis,
            self.keys,
            self.settings.recent_events,
            patience_seconds=self.settings.turn_patience_seconds,
            rescue_seconds=self.settings.rescue_seconds,
        )

    @cached_property
    def talks(self) -> Talks:
        rules = Rules(speakers=SPEAKER_RULES[self.settings.talk_rule])
        return Talks(self.redis, self.keys, rules, topic_grace_ms=milliseconds(self.settings.topic_grace_seconds))

    @cached_property
    def transcripts(self) -> Transcripts:
        return Transcripts(self.redis, self.keys, self.settings.history_ttl_seconds)

    @cached_property
    def turns(self) -> Turns:
        return Turns(
            self.redis,
            self.keys,
            lease_seconds=self.settings.claim_lease_seconds,
            history_ttl_seconds=self.settings.history_ttl_seconds,
            confirm_seconds=self.settings.confirm_seconds,
        )

    @cached_property
    def notes(self) -> TurnNotes:
        return TurnNotes(self.turns, self.players, self.transcripts)

    @cached_property
    def usages(self) -> Usages:
        return Usages(self.redis, self.keys)


@functools.cache
def state() -> State:
    """This process's own, by its environment's settings. Made at its first use, so after a fork."""
    return State.of(settings())
