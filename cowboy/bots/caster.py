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
    """Thread-safe. Asks Redis once for all bots, once more for certain characters, and not at all for nobody."""

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
        """Certain ones first: no other seat of the game must get them, and if one cannot be had, nobody is made."""
        certain = [bot for bot in bots if wishes.get(bot.player_name)]
        others = [bot for bot in bots if bot not in certain]
        try:
            return {**self._claim_for(certain, wishes), **self._claim_for(others, wishes)}
        except BadSetting as error:
            if certain:
                raise Conflict(str(error)) from None
            log.warning("seats_without_characters", game_id=bots[0].game_id, reason=str(error))
            return {}

    def _claim_for(self, bots: Sequence[Binding], wishes: Wishes) -> dict[str, Rider | None]:
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
        claims = self._leases.claim(*wanted) if wanted else []
        for bot, wish, claim in zip(bots, wanted, claims, strict=True):
            if claim.rider is None and wish.name is not None:
                self._leases.release(*(one.rider for one in claims if one.rider is not None))
                raise _refusal(bot.player_name, wish.name, claim.status)
            if claim.rider is None:
                log.warning("seat_without_character", player_id=bot.player_id, reason=claim.status)
        return {bot.player_id: claim.rider for bot, claim in zip(bots, claims, strict=True)}


def _refusal(seat: PlayerName, name: str, status: str) -> CallerError:
    if status == "unknown":
        return NotFound(f"characters: seat {seat} wants {name!r}, whom nobody knows; create it first")
    why = {"held": "sits on another seat"}.get(status, f"is {status}")
    return Conflict(f"characters: seat {seat} wants {name!r}, who {why}; name another, or leave it out")
