"""How a bot's turn goes, in words: who claims it, the answers to a claimant, the claim's states, the outcome.

The values stand in Redis, in records and in answers of the bot manager: one that was written is never renamed.
"""

from enum import StrEnum


class Role(StrEnum):
    """Who claims a turn."""

    WORKER = "worker"
    """Its bot sits on this worker's instance."""
    KEEPER = "keeper"
    """The turn's time is almost over."""
    LATE_KEEPER = "late_keeper"
    """The turn's time is over, and the game manager says that the turn stands."""


class ClaimStatus(StrEnum):
    """What is answered to a claim (`claim_turn.lua`). After all but the first two, the turn is not the claimant's."""

    CLAIMED = "claimed"
    RECOVERED = "recovered"
    """Claimed, and decided already by a holder that was lost."""
    HELD = "held"
    """Another one is playing it."""
    DONE = "done"
    """Its command was published already."""
    STALE = "stale"
    """It is over, not yet known, or another player's."""
    NOT_READY = "not_ready"
    """No bot sits on the seat, or it has not been taught."""
    PAUSED = "paused"
    """The bot is to do nothing for a while."""


class DecideStatus(StrEnum):
    """What is answered to a decision (`store_decision.lua`). Only the first one may be sent."""

    DECIDED = "decided"
    LOST = "lost"
    """Another one has the turn by now, or the game is over."""
    STALE = "stale"
    """The turn is over."""
    NOT_READY = "not_ready"
    """The bot was taken off its seat meanwhile, or is being taught anew."""
    PAUSED = "paused"
    """The bot is to do nothing for a while."""


class ClaimState(StrEnum):
    """How far a claimed turn is; the field `state` of a claim."""

    CLAIMED = "claimed"
    DECIDED = "decided"
    """Its command is stored, and may have been sent."""
    PUBLISHED = "published"
    """Its command stands on the input topic."""
    CONFIRMED = "confirmed"
    """The output topic shows that its command was applied."""
    EXPIRED = "expired"
    """Something else used the turn up."""


class Outcome(StrEnum):
    """How a turn's command came about. From `illegal` to `error`, something else was played instead of the brain's
    decision; those after `error` are of turns for which no brain was asked, or for nothing."""

    OK = "ok"
    REPAIRED = "repaired"
    """The brain's second try, after it was told what was wrong with the first."""
    ILLEGAL = "illegal"
    """The brain chose what the rules refuse, or a speech that must not be said."""
    UNPARSABLE = "unparsable"
    """The answer of the brain, or of the model behind it, is no decision."""
    TIMEOUT = "timeout"
    """The model behind the brain did not answer in time."""
    PROVIDER_ERROR = "provider_error"
    """The provider of the model could not be reached, or refused."""
    BUDGET = "budget"
    """The budget for the model behind the brain has been spent."""
    ERROR = "error"
    """The brain raised something else: it, or its configuration, is wrong."""
    LATE = "late"
    """No time to think was left: the safe default."""
    RECOVERED = "recovered"
    """The decision was found, made by a worker that was lost."""
    RESCUED = "rescued"
    """A keeper played the turn, because its time was almost over, or was over and the turn still stood: the safe
    default."""
    STALE = "stale"
    """Nobody had played the turn when it was over; a decision came after that, and was not sent."""
    SKIPPED = "skipped"
    """The turn runs out rather than be played without thinking (`COWBOY_LATE_TURNS`). Has no record."""
