"""Careers: what characters do in games, counted from the games' own events, and how they die and leave an heir."""

from collections.abc import Mapping

from cowboy.characters.record import Rider
from cowboy.errors import Conflict
from cowboy.state.client import Call, call_all, script, state_errors
from cowboy.state.roster import Roster


class Careers:
    """Thread-safe. The methods that return a call send nothing, and raise nothing."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        client = roster.redis
        self._note_deeds = script(client, "note_deeds")
        self._bury_character = script(client, "bury_character")

    def noting(self, game_id: str, turn_no: int, hp: Mapping[str, int], actor: str | None) -> Call:
        """The call that counts a shot of `actor`, or None for the beginning, after which players have so many `hp`."""
        return self._roster.call(
            self._note_deeds,
            self._roster.keys.bindings(game_id),
            self._roster.keys.deeds(game_id),
            turn=turn_no,
            hp=dict(hp),
            actor=actor,
            ttl_ms=self._roster.settings.history_ttl_seconds * 1000,
        )

    def burying(self, game_id: str, player_id: str) -> Call:
        """The call that says that the character on a seat was eliminated. It may be a person's seat, or repeated."""
        return self._bury(game_id, player=player_id)

    def bury(self, rider: Rider, game_id: str) -> str | None:
        """A character was eliminated. Returns its heir's name, also when repeated; None if it has lives left.

        Raises `Conflict` if another seat has the character by now.
        """
        call = self._bury(game_id, name=rider.name.lower(), holder=rider.holder)
        with state_errors(f"burying character {rider.name}"):
            status, heir = call_all(self._roster.redis, [call])[0]
        self._roster.check_mode(status, heir)
        if status == "lost":
            raise Conflict(f"character {rider.name}: fence {rider.fence} is not the present one; nothing was changed")
        return str(heir) or None

    def _bury(self, game_id: str, **whom: str) -> Call:
        return self._roster.call(
            self._bury_character,
            self._roster.keys.bindings(game_id),
            knowledge=self._roster.keys.knowledge(""),
            mode=self._roster.settings.characters,
            game=game_id,
            lives=self._roster.settings.lives_per_character,
            **whom,
            **self._roster.new_names(),
        )
