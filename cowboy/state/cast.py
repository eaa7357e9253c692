"""The cast: the listener by which characters take part in games.

It seats them when their bots are ready, has them learn from the games' own events, counts from these what they do,
buries those that are eliminated, and takes them back when their game ends. Which character sits on which seat is
decided where the seats are given out (`cowboy.bots.assigner`), and stands in the bots' bindings.
"""

from collections.abc import Iterable, Sequence

from cowboy.game.turns import Table
from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import CommandType, ResultStatus, StepEventType
from cowboy.state.careers import Careers
from cowboy.state.character_leases import CharacterLeases
from cowboy.state.client import Call
from cowboy.state.knowledge import Scopes
from cowboy.state.listeners import Connected, Listener
from cowboy.state.moments import BotReady, EventStored, GameEnded, TurnPlayed
from cowboy.state.roster import Roster


class Cast(Listener):
    """Does nothing, and costs nothing, with COWBOY_CHARACTERS=off."""

    def __init__(self, state: Connected) -> None:
        super().__init__(state)
        self._is_off = state.settings.characters == "off"
        roster = Roster(state.redis, state.keys, state.settings)
        self._leases = CharacterLeases(roster)
        self._careers = Careers(roster)
        self._knowledge = Scopes(state.redis, state.keys, state.settings)

    def bots_ready(self, moments: Sequence[BotReady]) -> Iterable[Call]:
        return [
            self._leases.seating(bot.character, bot.instance, bot.game_id, bot.player_id)
            for (bot,) in moments
            if bot.character is not None
        ]

    def events_stored(self, moments: Sequence[EventStored]) -> Iterable[Call]:
        return () if self._is_off else [call for moment in moments for call in self._calls(moment.event, moment.before)]

    def turns_played(self, moments: Sequence[TurnPlayed]) -> Iterable[Call]:
        return [call for (note,) in moments for call in self._knowledge.noting(note)]

    def games_ended(self, moments: Sequence[GameEnded]) -> Iterable[Call]:
        """What only the holder of a lease may change comes before the lease is given back."""
        riders = [bot.character for moment in moments for bot in moment.bots if bot.character is not None]
        closing = [call for moment in moments for call in self._knowledge.closing(moment.game_id, moment.bots)]
        return [*closing, self._leases.releasing(riders)] if riders else ()

    def _calls(self, event: StepEvent, before: Table | None) -> Iterable[Call]:
        """What an event teaches comes first: whom it kills learns of it, and the heir inherits that.

        Hit points fall by shots only, so after the beginning nothing else is looked at for deeds.
        """
        yield from self._knowledge.learning(event, before)
        begins = event.event_type == StepEventType.GAME_STARTED and event.result_status == ResultStatus.APPLIED
        command = event.command if event.consumed_a_turn else None
        shot = command is not None and command.command_type == CommandType.SHOOT
        if not begins and not shot:
            return
        players = event.state_after.players
        actor = command.player_id if command is not None and shot else None
        hp = {player.player_id: player.hp if player.alive else 0 for player in players}
        yield self._careers.noting(event.game_id, event.turn_no, hp, actor)
        for player in players:
            if not player.alive:
                yield self._careers.burying(event.game_id, player.player_id)
