"""The words of talk: what happens at a table, and the answers to it, as they stand in Redis, on topics and in REST."""

from typing import Literal, TypeAlias

TURN_MS = 60_000
"""How long a turn to speak lasts unless a table says otherwise, in milliseconds. It has run out when more than that has
passed."""

Reason: TypeAlias = Literal[
    "no_turn_state",
    "not_in_turn_order",
    "dormant",
    "timeout_advanced_to_self",
    "timeout_advanced_to_other",
    "is_current_speaker",
    "not_current_speaker",
]
"""Why an account may speak, or may not."""

Cause: TypeAlias = Literal[
    "created",
    "unchanged",
    "no_members",
    "already_active",
    "not_speaker",
    "stale_turn",
    "spoke",
    "passed",
    "all_passed",
    "expired",
    "advanced",
    "activated",
    "person",
    "woken",
    "members",
    "reset",
]
"""What an input did, or why it did nothing."""

EventType: TypeAlias = Literal["handoff", "dormant", "members", "reset"]
"""What a table tells: somebody has the word, nobody has it, its members have changed, it was silenced."""

URGENCY = "urgency"
"""The figure by which a brain's decision says how much its bot wants to have the word, from 0 to 4."""
