"""Knowledge: what characters have learned, by scope, and what the events of the games that run now add to it.

A scope is a character's own, or that of all in the mode `shared`. What an event shows is worked out here, purely
(`cowboy.characters.watch`); the script finds who saw it, and adds it to what they know. All changes add up or take the
latest, so their order does not matter and many bridges may write one scope.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence

from cowboy.characters.archive import Archived
from cowboy.characters.knowledge import FOLDED_BYTES, MOST_BYTES, MOST_GAME_ID, SHARED, Knowledge
from cowboy.characters.recollection import OPINION_CHARACTERS, Opinion, recollect
from cowboy.characters.record import Character, Rider
from cowboy.characters.watch import Seen, Watch, see
from cowboy.game.experience import Experience
from cowboy.game.turns import Table
from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import PlayerState
from cowboy.settings import Settings
from cowboy.state.bindings import Binding
from cowboy.state.client import Call, Redis, script, state_errors
from cowboy.state.keys import Keys
from cowboy.state.notes import TurnNote

GAMES_WATCHED = 2_000
"""Games of which a process keeps the last events. One that it has dropped goes on with the next event."""

EVENTS_KEPT = 4
"""So many last events of each game, for when the last ones are told again because Redis failed."""

EXPERIENCES_CACHED = 1_000
"""Bots whose experience a worker keeps. It does not change while a game lasts."""

ARRIVING = "import"
"""The scope of what is being imported. No character may have this name."""

PERSON, SEAT = "person:", "seat:"
"""Opponents that are no characters are known by their seats. No character's name holds a colon."""


class Scopes:
    """All knowledge. Thread-safe. Raises `StateError`; the methods that return calls send nothing and raise nothing."""

    def __init__(self, client: Redis, keys: Keys, settings: Settings) -> None:
        self._redis = client
        self._keys = keys
        self._mode = settings.characters
        self._is_off = settings.characters == "off"
        self._is_shared = settings.characters == SHARED
        self._history_ttl_ms = settings.history_ttl_seconds * 1000
        self._learn_facts = script(client, "learn_facts")
        self._forget_opponent = script(client, "forget_opponent")
        self._note_opinion = script(client, "note_opinion")
        self._watches: OrderedDict[str, OrderedDict[int, Watch]] = OrderedDict()
        self._experiences: OrderedDict[tuple[str, str], Experience | None] = OrderedDict()
        self._guarding = threading.Lock()

    def scope_of(self, name: str) -> str:
        """The scope that a character's knowledge is in."""
        return SHARED if self._is_shared else name.lower()

    # -- what games add -----------------------------------------------------------------------------------------------

    def learning(self, event: StepEvent, before: Table | None = None) -> list[Call]:
        """The call that adds what an event shows to what its witnesses know; none if it shows nothing.

        `before` is the game before the event, for a process that has not seen the event before.
        """
        seen = self._see(event, before)
        if seen is None or not (seen.sightings or seen.map):
            return []
        return [self.teaching(event.game_id, event.state_after.players, seen)]

    def teaching(self, game_id: str, players: Collection[PlayerState], seen: Seen) -> Call:
        """The call that adds to what the players of a game know what they have seen."""
        keys = self._keys
        return Call(
            self._learn_facts,
            keys=[keys.bindings(game_id), keys.watch(game_id), keys.characters_held, keys.characters_meta],
            args=[
                keys.knowledge(""),
                keys.character(""),
                self._mode,
                game_id[:MOST_GAME_ID],
                _packed(seen, players),
                MOST_BYTES,
                FOLDED_BYTES,
                self._history_ttl_ms,
            ],
        )

    def noting(self, note: TurnNote) -> list[Call]:
        """The call that keeps what a bot's model noted in a turn, as its opinion of this game.

        What a brain without a model notes is no opinion: `search` keeps positions there.
        """
        if note.notes is None or note.bot.character is None or note.record.model is None:
            return []
        opinion = Opinion(note.turn.game_id[:MOST_GAME_ID], note.turn.turn_no, note.notes[: OPINION_CHARACTERS[0]])
        return [self._opinion(note.bot.character, opinion.game_id, json.dumps(opinion._asdict()))]

    def closing(self, game_id: str, bots: Iterable[Binding]) -> list[Call]:
        """The calls that make opinions of earlier games fade. What was learned up to stays for a while: should the
        game be assigned again, its events are told again."""
        with self._guarding:
            self._watches.pop(game_id, None)
        riders = [bot.character for bot in bots if bot.character is not None]
        return [self._opinion(rider, game_id[:MOST_GAME_ID], "") for rider in riders]

    def _see(self, event: StepEvent, before: Table | None) -> Seen | None:
        stood = Watch(before.turn_no, before.state) if before is not None else None
        with self._guarding:
            last = self._watches.setdefault(event.game_id, OrderedDict())
            self._watches.move_to_end(event.game_id)
            watch, seen = see(last.get(event.turn_no - 1, stood), event)
            if watch is not None and seen is not None:
                last[event.turn_no] = watch
                last.move_to_end(event.turn_no)
                while len(last) > EVENTS_KEPT:
                    last.popitem(last=False)
            while len(self._watches) > GAMES_WATCHED:
                self._watches.popitem(last=False)
            return seen

    def _opinion(self, rider: Rider, game_id: str, text: str) -> Call:
        keys, name = self._keys, rider.name.lower()
        return Call(
            self._note_opinion,
            keys=[keys.opinions(name), keys.character(name), keys.characters_held],
            args=[name, rider.holder, game_id, text, len(OPINION_CHARACTERS)],
        )

    # -- what is known ------------------------------------------------------------------------------------------------

    def of_scopes(self, scopes: Sequence[str]) -> list[Knowledge]:
        """All that is known in each of these scopes."""
        with state_errors(f"reading what is known in {len(scopes)} scopes"), self._redis.pipeline(False) as pipeline:
            for scope in scopes:
                pipeline.hgetall(self._keys.knowledge(scope))
            return list(map(Knowledge.of_fields, pipeline.execute()))

    def of_scope(self, scope: str) -> Knowledge:
        """All that is known in a scope."""
        return self.of_scopes([scope])[0]

    def of(self, name: str) -> Knowledge:
        """All that a character knows."""
        return self.of_scope(self.scope_of(name))

    def opinions(self, name: str) -> tuple[Opinion, ...]:
        """What a character's model noted, one a game, the latest first; the text is '' for games without a note."""
        with state_errors(f"reading the opinions of {name}"):
            stored: list[str] = self._redis.lrange(self._keys.opinions(name.lower()), 0, -1)  # type: ignore[assignment]
        return _opinions(stored)

    def experience(self, bot: Binding, table: Table) -> Experience | None:
        """What a bot knows of its game, as its brain is told it: as it stood when it was first asked in this game.

        One round trip for each bot of a worker, and one a turn as long as nobody has stored the game's map.
        """
        if self._is_off or bot.character is None:
            return None
        about = (bot.bot_id, bot.character.holder)
        with self._guarding:
            if about in self._experiences:
                self._experiences.move_to_end(about)
                return self._experiences[about]
        keys, name = self._keys, bot.character.name.lower()
        with state_errors(f"reading what {name} knows"), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(keys.knowledge(self.scope_of(name)))
            pipeline.lrange(keys.opinions(name), 0, -1)
            pipeline.hget(keys.watch(bot.game_id), "map")
            pipeline.hgetall(keys.bindings(bot.game_id))
            pipeline.hget(keys.character(name), "holder")
            fields, opinions, map_name, bindings, holder = pipeline.execute()
        if holder != bot.character.holder:
            return None  # another seat has the character by now
        opponents = {
            player.player_name: _key_of(player, bindings.get(player.player_id))
            for player in table.state.players
            if player.player_id != bot.player_id
        }
        experience = recollect(Knowledge.of_fields(fields), map_name, opponents, _opinions(opinions))
        if map_name is not None:
            with self._guarding:
                self._experiences[about] = experience
                while len(self._experiences) > EXPERIENCES_CACHED:
                    self._experiences.popitem(last=False)
        return experience

    def archived(self, characters: Sequence[Character]) -> tuple[list[Archived], Knowledge]:
        """These characters with what each knows, and what all know: one of the two is empty."""
        if self._is_shared:
            return [Archived(one, Knowledge()) for one in characters], self.of_scope(SHARED)
        known = self.of_scopes([one.name.lower() for one in characters])
        return list(map(Archived, characters, known)), Knowledge()

    def take_over(self, common: Knowledge) -> bool:
        """Import what all know. Returns whether it is known now: what all know here already stays as it is."""
        if not self._is_shared:
            return False
        keys = self._keys
        arriving = keys.knowledge(ARRIVING)
        with state_errors("importing what all characters know"), self._redis.pipeline() as pipeline:
            pipeline.hset(arriving, items=[text for pair in common.fields().items() for text in pair])
            pipeline.renamenx(arriving, keys.knowledge(SHARED))
            pipeline.delete(arriving)
            return bool(pipeline.execute()[1])

    def forget(self, opponent: str) -> int:
        """Forget an opponent's habits in the scopes of all characters, dead ones too, and in that of all together.

        Returns in how many it was known.
        """
        keys = self._keys
        field = f"h {opponent.lower() if ':' not in opponent else opponent}"
        everybody = [keys.characters_idle, keys.characters_held, keys.characters_dead, keys.characters_retired]
        with state_errors(f"forgetting opponent {opponent}"):
            return int(self._forget_opponent(everybody, [keys.knowledge(""), SHARED, field]))


def _packed(seen: Seen, players: Collection[PlayerState]) -> str:
    """What `learn_facts.lua` is given of an event."""
    ids = [player.player_id for player in players]
    numbers = {player_id: number for number, player_id in enumerate(ids, start=1)}
    sightings = [
        [
            sighting.kind,
            numbers.get(sighting.subject, sighting.subject),
            [numbers[witness] for witness in sighting.witnesses],
            sighting.counts,
            *(() if sighting.left is None else (sighting.left,)),
        ]
        for sighting in seen.sightings
    ]
    told = {
        "turn": seen.turn_no,
        "at": seen.at_ms,
        "map": seen.map,
        "players": ids,
        "letters": [player.player_name for player in players],
        "sightings": sightings,
    }
    return json.dumps({name: value for name, value in told.items() if value is not None}, separators=(",", ":"))


def _key_of(player: PlayerState, binding: str | None) -> str:
    """By which key an opponent is known, as `learn_facts.lua` has it."""
    if binding is None:
        return f"{PERSON}{player.player_name}"
    character = Binding.model_validate_json(binding).character
    return character.name.lower() if character is not None else f"{SEAT}{player.player_name}"


def _opinions(stored: Iterable[str]) -> tuple[Opinion, ...]:
    return tuple(Opinion(**json.loads(text)) for text in stored)
