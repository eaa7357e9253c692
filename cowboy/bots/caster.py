"""The caster: decides who the bots of an assignment are."""

from collections.abc import Iterable, Mapping, Sequence

import structlog

from cowboy.characters.names import checked_name
from cowboy.characters.record import Rider
from cowboy.errors import BadRequest, BadSetting, CallerError, Conflict, NotFound
from cowboy.game.words import PlayerName
from cowboy.state.bindings import Binding
from cowboy.state.character_leases import Wish
from cowboy.state.client import Call
from cowboy.state.state import State

log = structlog.get_logger(__name__)

Wishes = Mapping[PlayerName, str | None]
"""A certain character for a seat, or None for nobody. Other seats get whom there is."""

ANYBODY = ""


class Caster:
    """Thread-safe. Asks Redis once for all bots, and not at all where nobody is wanted."""

    def __init__(self, state: State) -> None:
        self._leases = state.character_leases
        self._is_off = state.settings.characters == "off"

    def check(self, wishes: Wishes) -> None:
        """Raises `BadRequest` for a certain character where there are none, for what is no name, or one that is wanted
        twice."""
        names = [checked_name(name).lower() for name in wishes.values() if name is not None]
        if self._is_off and names:
            raise BadRequest("characters: there are none, since COWBOY_CHARACTERS is off; leave the field out")
        if len(set(names)) < len(names):
            raise BadRequest("characters: one is wanted on two seats; name another for one of them")

    def fits(self, bot: Binding, wishes: Wishes) -> bool:
        """Whether it is who is wanted on its seat."""
        wish = wishes.get(bot.player_name, ANYBODY)
        if wish is None or bot.character is None:
            return bot.character is None and not wish
        return wish == ANYBODY or wish.lower() == bot.character.name.lower()

    def cast(self, bots: Sequence[Binding], present: Mapping[str, Binding], wishes: Wishes) -> list[Binding]:
        """The same bots, as somebody. One that takes the seat of another is who that was, if that fits.

        A bot for which there is nobody plays without a name. Raises `NotFound` or `Conflict` for a certain character
        that cannot be had.
        """
        known = {
            bot.player_id: before.character
            for bot in bots
            if (before := present.get(bot.player_id)) is not None and self.fits(before, wishes)
        }
        asking = [
            bot for bot in bots if known.get(bot.player_id) is None and wishes.get(bot.player_name, ANYBODY) is not None
        ]
        if asking and not self._is_off:
            known |= self._claim(asking, wishes)
        return [bot.model_copy(update={"character": known.get(bot.player_id)}) for bot in bots]

    def releasing(self, bots: Iterable[Binding]) -> list[Call]:
        """The call that gives their characters back, if there are any."""
        riders = [bot.character for bot in bots if bot.character is not None]
        return [self._leases.releasing(riders)] if riders else []

    def _claim(self, bots: Sequence[Binding], wishes: Wishes) -> dict[str, Rider | None]:
        wanted = [
            Wish(
                owner=bot.instance,
                game_id=bot.game_id,
                player_id=bot.player_id,
                name=wishes.get(bot.player_name) or None,
                profile=bot.profile,
            )
            for bot in bots
        ]
        # Certain ones first: another seat of the same game must not get them.
        order = sorted(range(len(bots)), key=lambda index: wanted[index].name is None)
        try:
            claimed = self._leases.claim(*(wanted[index] for index in order))
        except BadSetting as error:
            if any(wish.name for wish in wanted):
                raise Conflict(str(error)) from None
            log.warning("seats_without_characters", game_id=bots[0].game_id, reason=str(error))
            return {}
        claims = dict(zip(order, claimed, strict=True))
        for index, claim in claims.items():
            if claim.rider is None and wanted[index].name is not None:
                self._leases.release(*(one.rider for one in claims.values() if one.rider is not None))
                raise _refusal(bots[index].player_name, str(wanted[index].name), claim.status)
            if claim.rider is None:
                log.warning("seat_without_character", player_id=bots[index].player_id, reason=claim.status)
        return {bot.player_id: claims[index].rider for index, bot in enumerate(bots)}


def _refusal(seat: PlayerName, name: str, status: str) -> CallerError:
    if status == "unknown":
        return NotFound(f"characters: seat {seat} wants {name!r}, whom nobody knows; create it first")
    why = {"held": "sits on another seat"}.get(status, f"is {status}")
    return Conflict(f"characters: seat {seat} wants {name!r}, who {why}; name another, or leave it out")
