"""A brain's notes: what it wants to remember of a game, in its own words, for one bot.

They are kept with the bot (`cowboy.state.players`) and come back as `Situation.notes` in its next turn, whichever
worker plays that. Who writes them may have been talked into it, so they are shown to models as data, like speech.
"""

from cowboy.brains.llm.quoting import cleaned

NOTES_LIMIT = 500
"""Characters."""


def kept_notes(notes: object) -> str | None:
    """What is kept of them, whatever a brain gave: one line, visible, short. None is nothing new, and "" nothing."""
    return cleaned(notes, NOTES_LIMIT) if isinstance(notes, str) else None
