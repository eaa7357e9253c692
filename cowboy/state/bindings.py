"""Bindings: which bot, on which instance and with which brain, sits on which seat of a game, and what became of it.

    CREATED ──► TEACHING ──► READY ──► (taught again) TEACHING
       │         │    ▲        │
       │         ▼    │        ▼
       └──────► FAILED ┴──► STOPPED

`Binding.moved_to` and its like compute a change of a binding and are pure. `Bindings.change` stores it, and computes it
anew when another process changed the binding meanwhile.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

import structlog
from pydantic import BaseModel, ConfigDict

from cowboy.characters.record import Rider
from cowboy.errors import Conflict
from cowboy.game.outcomes import ClaimStatus, Role
from cowboy.game.words import PlayerName
from cowboy.state.client import Redis, script, state_errors
from cowboy.state.keys import Keys

log = structlog.get_logger(__name__)

CHANGE_ATTEMPTS = 20
"""After so many lost races for one binding the cause is an error, not other processes."""


CONFIRMED_SECONDS = 2.5
"""A subscription is confirmed in a moment."""


class BindingStatus(StrEnum):
    """Only a bot that is `READY` publishes anything."""

    CREATED = "CREATED"
    TEACHING = "TEACHING"
    READY = "READY"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


_NEXT = {
    BindingStatus.CREATED: {BindingStatus.TEACHING, BindingStatus.FAILED, BindingStatus.STOPPED},
    BindingStatus.TEACHING: {
        BindingStatus.TEACHING,
        BindingStatus.READY,
        BindingStatus.FAILED,
        BindingStatus.STOPPED,
    },
    BindingStatus.READY: {BindingStatus.TEACHING, BindingStatus.STOPPED},
    BindingStatus.FAILED: {BindingStatus.TEACHING, BindingStatus.STOPPED},
    BindingStatus.STOPPED: set[BindingStatus](),
}


class SeatState(StrEnum):
    """How a bot came to its status, in the existing system's words."""

    ASSIGNED = "BOT_ASSIGNED"
    READY = "BOT_READY"
    FAILED = "BOT_FAILED"
    REPLACED = "BOT_REPLACED"
    UNASSIGNED = "BOT_UNASSIGNED"
    STOPPED = "BOT_STOPPED"


class Pause(StrEnum):
    """A reason to pause a bot. The bot acts again when none is left."""

    BOT = "bot"
    GAME = "game"
    INSTANCE = "instance"


class Binding(BaseModel):
    """One bot on one seat. `profile` and `brain` are names; nothing secret is ever part of a binding.

    `lesson` counts how often the bot was taught; an acknowledgement of an earlier lesson is ignored.
    `attempts` is how often the present lesson was sent. `acknowledged` is the guide version that was acknowledged last.
    `taught_by` is the incarnation of the instance (`Instance.incarnation`) that acknowledged: another one has to teach
    it again. `reason` says why a bot is `FAILED`.
    """

    model_config = ConfigDict(frozen=True)

    game_id: str
    player_id: str
    player_name: PlayerName
    bot_id: str
    instance: str
    brain: str
    profile: str | None = None
    seed: int
    status: BindingStatus
    player_state: SeatState = SeatState.ASSIGNED
    game_guide_version: str
    lesson: int = 0
    attempts: int = 0
    taught_by: str | None = None
    acknowledged: str | None = None
    pauses: tuple[Pause, ...] = ()
    reason: str | None = None
    character: Rider | None = None
    created_at: datetime
    updated_at: datetime | None = None
    ready_at: datetime | None = None

    def refusal(self, role: Role = Role.WORKER) -> ClaimStatus | None:
        """Why the bot's turns are not to be played: `NOT_READY` or `PAUSED`; None if they are.

        A worker wants a bot that is `READY`. A keeper sends the safe default, for which it is enough that the bot once
        acknowledged the present guide. `scripts/shared/readiness.lua` is the same for the scripts.
        """
        taught = self.acknowledged == self.game_guide_version and role != Role.WORKER
        if self.status != BindingStatus.READY and not taught:
            return ClaimStatus.NOT_READY
        return ClaimStatus.PAUSED if self.pauses else None

    def moved_to(self, status: BindingStatus, **changes: object) -> Self:
        """This binding in another status. Raises `Conflict` for a step that the drawing above does not have."""
        if status not in _NEXT[self.status]:
            raise Conflict(
                f"bot {self.bot_id} cannot go from {self.status} to {status}; "
                f"from {self.status} it can go to {', '.join(sorted(_NEXT[self.status])) or 'nothing'}"
            )
        return self.with_changes(status=status, **changes)

    def with_changes(self, **changes: object) -> Self:
        """This binding with other fields, now."""
        return self.model_copy(update={**changes, "updated_at": datetime.now(UTC)})


Edit = Callable[[Binding], Binding | None]
"""Maps a binding to the wanted one, or to None for no change. It may run several times, and raises to refuse."""


class Bindings:
    """All bindings, by game and player."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._redis = client
        self._keys = keys
        self._swap_binding = script(client, "swap_binding")

    def of_game(self, game_id: str) -> dict[str, Binding]:
        """Player id → binding, in seat order."""
        return self.of_games([game_id])[game_id]

    def of_games(self, game_ids: list[str]) -> dict[str, dict[str, Binding]]:
        """Game → player id → binding, in seat order. One round trip."""
        with state_errors(f"reading bindings of {len(game_ids)} games"), self._redis.pipeline(False) as pipeline:
            for game_id in game_ids:
                pipeline.hvals(self._keys.bindings(game_id))
            stored = pipeline.execute()
        return {
            game_id: {
                binding.player_id: binding
                for binding in sorted(map(Binding.model_validate_json, items), key=lambda item: item.player_name)
            }
            for game_id, items in zip(game_ids, stored, strict=True)
        }

    @contextmanager
    def changes(self, game_id: str) -> Iterator[Callable[[float], None]]:
        """Gives a function that returns at a change of one of the game's bindings, or after so many seconds.

        It misses no change that came since the block began. That a bot was taken off its seat is not told.
        """
        doing = f"waiting for a bot of game {game_id}"
        with state_errors(doing):
            ear = self._redis.pubsub()  # type: ignore[no-untyped-call]
        try:
            with state_errors(doing):
                ear.subscribe(self._keys.bindings(game_id))
                ear.get_message(timeout=CONFIRMED_SECONDS)  # says that the subscription stands

            def wait(seconds: float) -> None:
                with state_errors(doing):
                    ear.get_message(timeout=seconds)

            yield wait
        finally:
            ear.close()

    def get(self, game_id: str, player_id: str) -> Binding | None:
        """The bot on a seat, or None if a person sits there or nobody."""
        stored = self._get(game_id, player_id)
        return Binding.model_validate_json(stored) if stored is not None else None

    def find(self, bot_id: str) -> Binding | None:
        """The bot of that id, or None if there is none on any seat."""
        with state_errors(f"looking for bot {bot_id}"):
            seat = self._redis.hget(self._keys.bots, bot_id)
        if not isinstance(seat, str):
            return None
        binding = self.get(*seat.split(" ", 1))
        return binding if binding is not None and binding.bot_id == bot_id else None

    def seats(self) -> list[tuple[str, str]]:
        """(game, player) of every bot."""
        with state_errors("listing bots"):
            stored: list[str] = self._redis.hvals(self._keys.bots)  # type: ignore[assignment]
        return [(game_id, player_id) for game_id, _, player_id in (seat.partition(" ") for seat in sorted(stored))]

    def change(self, game_id: str, player_id: str, edit: Edit) -> Binding | None:
        """Apply `edit` atomically. Returns the new binding, or None if there is no bot or no change.

        Raises what `edit` raises: `Conflict` for an illegal step, which is logged as well.
        """
        for _ in range(CHANGE_ATTEMPTS):
            stored = self._get(game_id, player_id)
            if stored is None:
                return None
            try:
                wanted = edit(Binding.model_validate_json(stored))
            except Conflict as error:
                log.warning("step_refused", game_id=game_id, player_id=player_id, reason=str(error))
                raise
            if wanted is None:
                return None
            with state_errors(f"changing the binding of player {player_id}"):
                swapped = self._swap_binding(
                    keys=[self._keys.bindings(game_id)], args=[player_id, stored, wanted.model_dump_json()]
                )
            if swapped:
                return wanted
        raise Conflict(f"the binding of player {player_id} of game {game_id} is changed all the time; try again")

    def _get(self, game_id: str, player_id: str) -> str | None:
        with state_errors(f"reading the binding of player {player_id}"):
            stored = self._redis.hget(self._keys.bindings(game_id), player_id)
        return stored if isinstance(stored, str) else None
