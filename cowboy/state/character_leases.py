"""Leases of characters: which seat has which character, and until when.

A seat has a character by a lease (`Rider`): a secret token, and a fence that grows with each claim. Redis's clock ends
the lease. Each change is one script, which refuses a holder that has lost it; it can be repeated.
"""

from collections.abc import Iterable
from typing import NamedTuple

from cowboy.characters.record import Rider
from cowboy.state.client import Call, call_all, script, state_errors
from cowboy.state.roster import Roster


class Wish(NamedTuple):
    """What a character is wanted for. `owner` is the instance that is to renew the lease.

    `name` is a certain character's. Otherwise it is the least recently active that nobody has, or a new one.
    """

    owner: str
    game_id: str = ""
    player_id: str = ""
    name: str | None = None
    token: str = ""
    profile: str | None = None


class Claimed(NamedTuple):
    """What became of a claim: `claimed`, `created` or `renewed` with a rider, or why there is none."""

    status: str
    rider: Rider | None


class Lost(NamedTuple):
    """A lease that was not renewed: it was over, or the character was claimed by another, given back, or died."""

    name: str
    holder: str
    game_id: str
    player_id: str


class CharacterLeases:
    """Thread-safe. Raises `StateError`: who has no answer has no character."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        client = roster.redis
        self._claim_character = script(client, "claim_character")
        self._seat_character = script(client, "seat_character")
        self._renew_characters = script(client, "renew_characters")
        self._release_characters = script(client, "release_characters")

    def claim(self, *wishes: Wish) -> list[Claimed]:
        """A character for each seat, in one round trip. Two seats never get the same.

        Raises `BadSetting` if the characters' knowledge goes another way than COWBOY_CHARACTERS says.
        """
        wanted = [wish if wish.token else wish._replace(token=self._roster.new_token()) for wish in wishes]
        with state_errors(f"claiming characters for {len(wishes)} seats"):
            answers = call_all(self._roster.redis, [self._claim(wish) for wish in wanted])
        return [self._claimed(wish, *answer) for wish, answer in zip(wanted, answers, strict=True)]

    def _claim(self, wish: Wish) -> Call:
        return self._roster.call(
            self._claim_character,
            owner=wish.owner,
            token=wish.token,
            lease_ms=self._roster.lease_ms,
            game=wish.game_id,
            player=wish.player_id,
            name=wish.name,
            profile=wish.profile,
            **(self._roster.new_names() if wish.name is None else {"people": []}),
            **self._roster.policy,
        )

    def _claimed(self, wish: Wish, status: str, name: str, horse: str, fence: int, _ends_ms: int) -> Claimed:
        self._roster.check_mode(status, name)
        has = status in {"claimed", "created", "renewed"}
        return Claimed(status, Rider(name=name, horse=horse or None, fence=fence, token=wish.token) if has else None)

    def seating(self, rider: Rider, owner: str, game_id: str, player_id: str) -> Call:
        """The call that says that a bot is ready: its instance renews the lease from now on, and the game counts."""
        return self._roster.call(
            self._seat_character,
            bindings=self._roster.keys.bindings(""),
            owner=owner,
            name=rider.name.lower(),
            holder=rider.holder,
            lease_ms=self._roster.lease_ms,
            game=game_id,
            player=player_id,
        )

    def renew(self, owner: str) -> tuple[int, list[Lost]]:
        """Renew all leases of an owner in one round trip. Returns how many it keeps, and those it has lost.

        A lease whose time is over is claimed again for its seat, as long as nobody has claimed the character since:
        under the next fence, which the seat's binding names in the same step. Nobody can have written in between.
        """
        renewing = self._roster.call(
            self._renew_characters,
            self._roster.keys.characters_holds(owner),
            bindings=self._roster.keys.bindings(""),
            owner=owner,
            lease_ms=self._roster.lease_ms,
        )
        with state_errors(f"renewing the characters of {owner}"):
            kept, *lost = call_all(self._roster.redis, [renewing])[0]
        return int(kept), [Lost(*lost[index : index + 4]) for index in range(0, len(lost), 4)]

    def releasing(self, riders: Iterable[Rider]) -> Call:
        """The call that gives characters back. What others have by now stays theirs."""
        return self._roster.call(
            self._release_characters, leases=[[rider.name.lower(), rider.holder] for rider in riders]
        )

    def release(self, *riders: Rider) -> list[str]:
        """Give characters back. Returns the names of those that were these riders'. Safe when repeated."""
        with state_errors(f"releasing {len(riders)} characters"):
            return list(map(str, call_all(self._roster.redis, [self.releasing(riders)])[0]))

    def release_all(self, owner: str) -> list[str]:
        """Give back all that an owner has. Returns their names. Safe when repeated."""
        with state_errors(f"releasing the characters of {owner}"):
            return list(
                map(
                    str,
                    call_all(self._roster.redis, [self._roster.call(self._release_characters, leases=[], owner=owner)])[
                        0
                    ],
                )
            )
